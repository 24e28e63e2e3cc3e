"""The relay: the one place that announces what was committed.

Every event is first a row of the outbox, committed with what it announces. Whoever commits one
wakes the relay of its own process; the live process looks once a second, for those whose process
died or found Redis away. A row that goes out twice (published, then killed before it was marked) is
taken by the ring once, by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any, Final

import orjson
import redis
import structlog
from django.conf import settings

from coach.live import ring
from coach.live.alerts import alerts_json
from coach.live.ring import Frame
from coach.signals.records import Announcement
from coach.signals.selectors import get_decisions, waiting_announcements
from coach.signals.services import ABOUT_DECISIONS, mark_published

log = structlog.get_logger(__name__)

BATCH = 500
TIMEOUT_SECONDS = 2.0


def client() -> redis.Redis:
    """This process's connections to the ring."""
    return _client_of(settings.REDIS_URL)


@cache
def _client_of(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def drain() -> int:
    """Publish everything that waits, oldest first; the number of rows.

    Raises:
        redis.RedisError: Redis is away; what was not published waits.
    """
    total = 0
    while rows := waiting_announcements(BATCH):
        _publish(_frames(rows))
        mark_published([row.id for row in rows])
        total += len(rows)
        if len(rows) < BATCH:
            break
    return total


def _publish(frames: Sequence[Frame]) -> None:
    """Publish all; of frames that the ring refuses, only those are left out."""
    try:
        ring.publish(client(), frames)
    except ValueError as error:
        if len(frames) > 1:
            for frame in frames:
                _publish([frame])
            return
        log.error("announcement_refused", frame=frames[0].once, error=str(error))  # noqa: TRY400


class SharedDrain:
    """One thread of a process publishes for all that wait.

    Of fifty that commit at once each would else publish the other forty-nine's rows, and wait in
    the database for the locks of those who mark the same rows.
    """

    def __init__(self) -> None:
        self._publishing: Final = Lock()
        self._counting: Final = Lock()
        self._asked = 0
        self._done = 0

    def __call__(self) -> None:
        """Return when a look at the outbox that began after this call is over, whoever took it.

        Raises:
            redis.RedisError: it was this thread's look, and Redis is away. Who waited for it leaves
                its rows for later as well.
        """
        with self._counting:
            self._asked += 1
            mine = self._asked
        with self._publishing:
            if self._done >= mine:
                return
            with self._counting:
                asked = self._asked
            try:
                drain()
            finally:
                self._done = asked


_shared_drain: Final = SharedDrain()


def try_drain(**_: object) -> None:
    """Publish what waits, or leave it for later when Redis is away. Hears `outbox_committed`."""
    try:
        _shared_drain()
    except redis.RedisError as error:
        log.warning("relay_waits", error=str(error))


def publish_now(frames: Sequence[Frame]) -> bool:
    """Publish frames that are no announcements: bars, which a client can always read again.

    False when Redis is away; they are dropped, and the next bar shows the client what it misses.
    """
    try:
        ring.publish(client(), frames)
    except redis.RedisError as error:
        log.warning("bars_not_published", error=str(error), frames=len(frames))
        return False
    return True


def _frames(rows: Sequence[Announcement]) -> list[Frame]:
    """A frame for each row; none for a decision that is gone with its user."""
    about = [row.payload["decisionId"] for row in rows if row.kind in ABOUT_DECISIONS]
    alerts = _alerts(about) if about else {}
    frames = []
    for row in rows:
        if row.kind not in ABOUT_DECISIONS:
            frames.append(_frame(row, dict(row.payload)))
        elif row.payload["decisionId"] in alerts:
            frames.append(_frame(row, alerts[row.payload["decisionId"]]))
    return frames


def _alerts(decision_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    decisions = get_decisions(decision_ids)
    return dict(zip(decisions, alerts_json(list(decisions.values())), strict=True))


def _frame(row: Announcement, data: dict[str, Any]) -> Frame:
    symbol = data.get("symbol") if row.kind in ABOUT_DECISIONS else None
    return Frame(row.kind, orjson.dumps(data), symbol=symbol, user_id=row.user_id, once=row.name)
