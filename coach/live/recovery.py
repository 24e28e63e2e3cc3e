"""What a process that died left behind: committed, and nobody told."""

from __future__ import annotations

import structlog
from django.utils import timezone

from coach.live.relay import try_drain
from coach.signals.events import signal_new
from coach.signals.selectors import signals_of_decisions, waiting_announcements
from coach.signals.services import ALERT, SUPPRESSED
from coach.signals.telling import tell_untold_outcomes

log = structlog.get_logger(__name__)
MOST = 100_000


def announce_leftovers() -> None:
    """Announce committed outbox rows that still wait, and tell this process's rooms of the signals
    behind them: they may not have heard, and each takes a signal twice without harm. Outcomes that
    matured and were learnt from by nobody are told before the first new one."""
    waiting = waiting_announcements(MOST)
    decisions = [row.payload["decisionId"] for row in waiting if row.kind in (ALERT, SUPPRESSED)]
    if decisions:
        signal_ids = signals_of_decisions(decisions)
        log.info("leftovers_announced", rows=len(waiting), signals=len(signal_ids))
        signal_new.send_robust(sender=None, signal_ids=signal_ids)
    tell_untold_outcomes(before=timezone.now())
    try_drain()
