"""The one door to numba: the cache folder first, then the import, then two decorators.

``inner`` marks a function that is only called from compiled code; it is inlined into its callers.
``entry`` marks a function that Python calls. It has one explicit signature and is compiled (or read
from the cache) by ``ensure`` or ``warm_up``, never by an import: importing this package costs no
compilation, so Django may import it while it starts.

No ``fastmath`` and no ``parallel``: the interpreter (``NUMBA_DISABLE_JIT=1``) must give the same
bytes. ``nogil`` lets independent blocks run on threads.
"""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import numpy as np

from coach.engine.version import cache_folder

# Set before numba is imported, and again for the case that somebody imported it first: numba reads
# the variable anew whenever the environment has changed.
os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())

import numba
from numba.core import types

_settings: Any = numba.config
_types: Any = types
_settings.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]

F = TypeVar("F", bound=Callable[..., Any])

_signatures: dict[int, tuple[Any, tuple[Any, ...]]] = {}
_ready: set[int] = set()
_lock = threading.Lock()

i8, f8 = types.int64, types.float64


def is_interpreted() -> bool:
    """True where nothing is compiled (``NUMBA_DISABLE_JIT=1``): a change counts at once."""
    return bool(_settings.DISABLE_JIT)


def inner(function: F) -> F:
    """Compile a function that only compiled code calls."""
    return cast("F", numba.njit(error_model="numpy", nogil=True, forceinline=True)(function))


def entry(*arguments: Any) -> Callable[[F], F]:  # noqa: ANN401 - numba's types have no stubs
    """Compile a function that Python calls, for exactly these argument types."""

    def wrap(function: F) -> F:
        compiled = numba.njit(error_model="numpy", nogil=True, cache=True)(function)
        if not _settings.DISABLE_JIT:
            _signatures[id(compiled)] = (compiled, arguments)
        return cast("F", compiled)

    return wrap


def ensure(function: Callable[..., Any]) -> None:
    """Compile one entry, or read it from the cache, unless that has been done."""
    key = id(function)
    if key in _ready or key not in _signatures:
        return
    with _lock:
        if key not in _ready:
            compiled, arguments = _signatures[key]
            compiled.compile(arguments)
            compiled.disable_compile()
            _ready.add(key)


def ensure_all() -> None:
    """Compile every entry declared so far."""
    for compiled, _ in tuple(_signatures.values()):
        ensure(compiled)


def column(dtype: str, dimensions: int = 1, *, writable: bool = False) -> Any:  # noqa: ANN401
    """The type of an array of numbers; a read-only one accepts writable arrays too."""
    element = numba.from_dtype(np.dtype(dtype))
    return types.Array(element, dimensions, "C", readonly=not writable)


def records(dtype: "np.dtype[Any]") -> Any:  # noqa: ANN401 - numba's types have no stubs
    """The type of an array of records that compiled code may write."""
    return types.Array(numba.from_dtype(dtype), 1, "C")


def named_columns(kind: type, dtypes: Iterable[str]) -> Any:  # noqa: ANN401 - as above
    """The type of a named tuple of read-only columns."""
    return _types.NamedTuple([column(dtype) for dtype in dtypes], kind)
