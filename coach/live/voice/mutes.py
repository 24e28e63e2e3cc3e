"""Symbols that a user does not want to hear for a while (wall clock: it is the ear that rests)."""

from __future__ import annotations

from datetime import datetime, timedelta

from coach.live.models import VoiceMute


def mute(*, user_id: str, symbol: str, minutes: int, now: datetime) -> datetime | None:
    """Leave a symbol unsaid for some minutes from now; 0 ends it.

    Returns:
        When it will be heard again; None: at once.
    """
    VoiceMute.objects.filter(user_id=user_id, until__lte=now).delete()
    if minutes == 0:
        VoiceMute.objects.filter(user_id=user_id, symbol=symbol).delete()
        return None
    until = now + timedelta(minutes=minutes)
    VoiceMute.objects.update_or_create(user_id=user_id, symbol=symbol, defaults={"until": until})
    return until


def muted_until(*, user_id: str, now: datetime) -> dict[str, datetime]:
    """The symbols muted now, and until when."""
    found = VoiceMute.objects.filter(user_id=user_id, until__gt=now).order_by("symbol")
    return dict(found.values_list("symbol", "until"))
