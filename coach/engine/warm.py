"""Compiling or loading every kernel before the first bar is waiting for it."""

from coach.engine import kernel, outcome, resample
from coach.engine.jit import ensure_all

_DECLARE_ENTRIES = (kernel, outcome, resample)


def warm_up() -> None:
    """Make every kernel ready: from the cache in well under a second, else compiled once.

    For a process's start (live, worker, bench), never for ``AppConfig.ready``.
    """
    ensure_all()
