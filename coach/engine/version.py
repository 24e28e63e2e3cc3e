"""Which evaluator this is, and where its machine code lives.

``engine_version()`` hashes every source file of ``coach.engine`` (tests excluded) with the
versions of numba and numpy. Two processes with the same engine version give the same bytes for the
same bars, and a run's identity contains it.

numba's own cache does not notice a change in a function that lives in another file, so stale
machine code could stay in use. Its folder is therefore named by the engine version: another
source, another folder. ``COACH_NUMBA_CACHE`` names the root; without it a per-user
cache folder is used.
"""

import functools
import hashlib
import os
from importlib import metadata
from pathlib import Path

ENGINE_ROOT = Path(__file__).resolve().parent
CACHE_VARIABLE = "COACH_NUMBA_CACHE"


def source_files(root: Path = ENGINE_ROOT) -> tuple[Path, ...]:
    """Every source file that can change a trigger, in a stable order."""
    found = (path for path in root.rglob("*.py") if "tests" not in path.relative_to(root).parts)
    return tuple(sorted(found, key=lambda path: path.relative_to(root).as_posix()))


@functools.cache
def engine_version() -> str:
    """Sixteen hex digits naming this evaluator: its sources, numba and numpy."""
    digest = hashlib.sha256()
    for path in source_files():
        digest.update(path.relative_to(ENGINE_ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for package in ("numba", "numpy"):
        digest.update(f"{package}=={metadata.version(package)}\0".encode())
    return digest.hexdigest()[:16]


def cache_root() -> Path:
    """The folder that holds one sub-folder of machine code for each engine version."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "coach" / "numba"


def cache_folder() -> Path:
    """This engine version's folder of machine code, created if missing.

    Raises:
        RuntimeError: the folder cannot be written; names the variable that moves it.
    """
    folder = cache_root() / engine_version()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RuntimeError(
            f"cannot create {folder} for compiled code: {error.strerror}; "
            f"set {CACHE_VARIABLE} to a folder that can be written"
        ) from error
    return folder
