"""`python -m tests.dying SIGNAL_ID R …`: saves outcomes and is killed right after the commit."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta

import django


def main(arguments: list[str]) -> None:
    """Save these outcomes in one transaction, whose first hook after the commit is SIGKILL."""
    django.setup()
    from django.db import transaction  # noqa: PLC0415  after the settings

    from coach.signals.records import OutcomeUpdate  # noqa: PLC0415
    from coach.signals.selectors import get_signals  # noqa: PLC0415
    from coach.signals.services import save_outcomes  # noqa: PLC0415

    outcomes = dict(zip(arguments[::2], map(float, arguments[1::2]), strict=True))
    updates = [
        OutcomeUpdate(
            signal_id=row.id,
            state="closed",
            r=outcomes[row.id],
            known_at=row.fired_at + timedelta(minutes=30),
            matured_at=row.fired_at + timedelta(minutes=30),
        )
        for row in get_signals(list(outcomes)).values()
    ]
    with transaction.atomic():
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        save_outcomes(updates=updates)


if __name__ == "__main__":
    main(sys.argv[1:])
