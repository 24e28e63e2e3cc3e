"""How far a shard has come with a source."""

from __future__ import annotations

from dataclasses import dataclass

from coach.live.models import Cursor
from coach.prepared import PreparedUpdate

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Progress:
    """The last moment committed; `through` is its last symbol that is done, empty when all are."""

    market_ms: int
    through: str = ""

    def until_ms(self, symbol: str) -> int:
        """Minute bars that open before this are committed."""
        done = not self.through or symbol <= self.through
        return self.market_ms if done else self.market_ms - MINUTE_MS


def read_progress(shard: str, source: str) -> Progress | None:
    """Where the shard stopped with this source; None before its first moment."""
    row = Cursor.objects.filter(shard=shard, source=source).first()
    return None if row is None else Progress(row.market_ms, row.through)


def save_progress(shard: str, source: str, progress: Progress) -> None:
    """Store it, in the caller's transaction, which holds the shard's lease."""
    if not _move(shard, source, progress.market_ms, progress.through):
        values = {"market_ms": progress.market_ms, "through": progress.through}
        Cursor.objects.create(shard=shard, source=source, **values)


_move = PreparedUpdate(
    lambda shard, source, market_ms, through: (
        Cursor.objects.filter(shard=shard, source=source),
        {"market_ms": market_ms, "through": through},
    )
)
