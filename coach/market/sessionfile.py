"""A table of sessions, computed by a library once and then read from a file.

Every process needs the sessions when it starts, and the library with pandas beneath it costs more
than all the rest of a start. The file stands beside the evaluator's machine code in the user's
cache folder and is named by what it was computed from; without such a folder it is computed anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]


def folder() -> Path:
    """Where the tables are."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "coach" / "calendars"


def kept(version: str, compute: Callable[[], Table]) -> Table:
    """The table that `compute` makes, from its file if there is one for `version`."""
    path = folder() / f"{hashlib.sha256(version.encode()).hexdigest()[:16]}.npy"
    with suppress(OSError, ValueError, EOFError):  # none yet, or not a whole one
        found: Table = np.load(path, allow_pickle=False)
        return found
    table = compute()
    with suppress(OSError):  # a folder that cannot be written: computed again next time
        _write(path, table)
    return table


def _write(path: Path, table: Table) -> None:
    """Whole or not at all, whoever else is writing it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        np.save(file, table)
    Path(name).replace(path)
