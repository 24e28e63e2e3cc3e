"""Compiling or loading every kernel before the first bar is waiting for it.

``python -m coach.engine.warm`` does it ahead of time, for an installation or an image.
"""

from coach.engine import kernel, outcome, resample
from coach.engine.jit import ensure_all

_DECLARE_ENTRIES = (kernel, outcome, resample)


def warm_up() -> None:
    """Make every kernel ready: from the cache in well under a second, else compiled once.

    For a process's start (live, worker, bench), never for ``AppConfig.ready``.
    """
    ensure_all()


if __name__ == "__main__":
    warm_up()
