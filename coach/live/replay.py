"""The market clock as the replay controls show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from coach.live.status import feed_sign
from coach.market.calendars import ALWAYS, CALENDARS, CalendarError, next_open, session_at
from coach.market.clock import ClockState
from coach.market.selectors import clock_state, market_now

PLAYED = ("replay", "synthetic")


def replay_state(*, may_control: bool) -> dict[str, Any]:
    """The clock of the source that ran last, and the sessions at its time."""
    state = clock_state()
    now = market_now()
    feed = feed_sign()
    return {
        "source": state.source if state is not None and state.source in PLAYED else "live",
        "speed": 1.0 if state is None else state.speed,
        "paused": state is not None and state.paused,
        "marketTime": None if state is None else now.isoformat(),
        "controllable": may_control and _takes_commands(state),
        "feed": {"ageMs": feed.age_ms, "trouble": feed.trouble},
        "sessions": {calendar: _session(calendar, now) for calendar in CALENDARS},
    }


def _takes_commands(state: ClockState | None) -> bool:
    return state is not None and not state.realtime


def _session(calendar: str, now: datetime) -> dict[str, Any]:
    """Open or closed at a time, and until when; beyond a calendar's bounds nothing is known."""
    now_ms = int(now.timestamp() * 1000)
    try:
        session = session_at(calendar, now_ms)
        opens = None if session is not None else _time(next_open(calendar, now_ms))
    except CalendarError:
        session = opens = None
    closes = None if session is None or calendar == ALWAYS else _time(session.close_ms)
    return {"open": session is not None, "opensAt": opens, "closesAt": closes}


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
