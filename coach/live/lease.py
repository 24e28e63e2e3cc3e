"""The fenced lease: one process at a time may write for a shard.

The holder renews it before it expires. Whoever finds it expired, or its holder's process ended,
takes it with the next token. The old holder, asleep meanwhile, cannot know; but each of its
transactions begins with `fence`, which touches the lease's row under its own token, finds it gone,
and nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from coach.live.holders import is_gone
from coach.live.models import Lease
from coach.prepared import PreparedUpdate

EXPIRY = timedelta(seconds=3)
RENEW_SECONDS = 1.0
RETRY_SECONDS = 0.25


class LeaseLostError(RuntimeError):
    """Another process holds the shard now."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as its holder knows it."""

    shard: str
    holder: str
    token: int


def acquire(*, shard: str, holder: str) -> Held | None:
    """Take the shard's lease if it is free, has expired, or its holder has ended; None while
    another holds it."""
    before = holder_of(shard)
    if before is not None and not is_gone(before):
        return None  # a look that costs nobody the write lock
    with transaction.atomic():
        free = Lease.objects.filter(Q(expires_at__lte=Now()) | Q(holder=before), shard=shard)
        taken = free.update(holder=holder, token=F("token") + 1, expires_at=Now() + EXPIRY)
        if not taken and not _create(shard, holder):
            return None
        row = Lease.objects.get(shard=shard)
    return Held(shard=shard, holder=holder, token=row.token)


def _create(shard: str, holder: str) -> bool:
    if Lease.objects.filter(shard=shard).exists():
        return False
    try:
        with transaction.atomic():
            Lease.objects.create(shard=shard, holder=holder, token=1, expires_at=Now() + EXPIRY)
    except IntegrityError:  # another process was the first
        return False
    return True


def fence(held: Held) -> None:
    """Prove, inside the caller's transaction, that the lease is still held; it is renewed too.

    The row stays locked until the commit, so nobody takes the lease in between.

    Raises:
        LeaseLostError: it is not; roll back.
    """
    if not _renew(held.shard, held.token):
        raise LeaseLostError(f"shard {held.shard}: token {held.token} has been superseded")


_renew = PreparedUpdate(
    lambda shard, token: (
        Lease.objects.filter(shard=shard, token=token),
        {"expires_at": Now() + EXPIRY},
    )
)


class Keeper:
    """Renews a lease during long work: at most once in `RENEW_SECONDS`, however often it is called.

    Raises:
        LeaseLostError: when called after another process has taken the lease.
    """

    def __init__(self, held: Held) -> None:
        self._held = held
        self._due = monotonic() + RENEW_SECONDS

    def __call__(self) -> None:
        if monotonic() >= self._due:
            with transaction.atomic():
                fence(self._held)
            self._due = monotonic() + RENEW_SECONDS


def release(held: Held) -> None:
    """Let the next process take the shard at once."""
    Lease.objects.filter(shard=held.shard, token=held.token).update(expires_at=Now())


def holder_of(shard: str) -> str | None:
    """Who holds the shard's lease now, None when nobody does."""
    mine = Lease.objects.filter(shard=shard, expires_at__gt=Now())
    return mine.values_list("holder", flat=True).first()
