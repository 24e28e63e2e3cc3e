"""A circuit breaker (pure): stop asking a server that fails, and try it again now and then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Opens after so many failures in a row; after a pause one trial decides.

    Attributes:
        failures: in a row before it opens.
        pause: seconds that it stays open.
    """

    failures: int = 3
    pause: float = 30.0
    _failed: int = 0
    _opened_at: float | None = None
    _trying: bool = False

    def allows(self, now: float) -> bool:
        """Whether to ask now (`now` in seconds); a yes while it is open is the one trial."""
        if self._opened_at is None:
            return True
        if self._trying or now - self._opened_at < self.pause:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """The server did what it should."""
        self._failed, self._opened_at, self._trying = 0, None, False

    def failed(self, now: float) -> None:
        """It did not."""
        self._failed += 1
        self._trying = False
        if self._opened_at is not None or self._failed >= self.failures:
            self._opened_at = now

    def abandoned(self) -> None:
        """Nobody waited for the answer: a trial that was none, and another may follow."""
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether the server counts as failing."""
        return self._opened_at is not None
