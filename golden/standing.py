"""How each case stands with the evaluator that is installed: run once for each text, then known."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from coach.engine.version import engine_version
from golden.differences import Difference
from golden.fixture import Fixture
from golden.runner import check

KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The last run of a case: when, on which evaluator, and what differed."""

    checked_at: datetime
    engine_version: str
    differences: tuple[Difference, ...]

    @property
    def passes(self) -> bool:
        """Whether nothing differed."""
        return not self.differences


class Book:
    """Standings by case. The evaluator cannot change under a process, so one run settles it."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Standing] = OrderedDict()

    def of(self, fixture: Fixture, text: str, *, as_of: datetime) -> Standing:
        """How a case stands; it is run if it has not been. `as_of` is then when it was."""
        with self._lock:
            found = self._known.get(text)
        if found is None:
            found = Standing(as_of, engine_version(), tuple(check(fixture)))
            with self._lock:
                found = self._known.setdefault(text, found)
                while len(self._known) > self._limit:
                    self._known.popitem(last=False)
        return found


@cache
def book() -> Book:
    """This process's book."""
    return Book()
