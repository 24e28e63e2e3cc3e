"""The tallies, written as SQL, against the same counts made one row at a time in Python."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.db import transaction

from coach.signals.models import Decision, Signal
from coach.signals.services import record_moment
from coach.signals.tallies import DecisionTally, EventTally, tally_decisions, tally_events
from coach.signals.tests.factories import fired_signal, new_decision, trader

pytestmark = pytest.mark.django_db
FIRST = date(2025, 3, 3)
OPEN = datetime(2025, 3, 3, 15, tzinfo=UTC)
RULES: tuple[list[str] | None, ...] = (None, ["a"], ["a", "b"], ["nope"], [])
DAYS = ((FIRST, FIRST), (FIRST, FIRST + timedelta(days=9)))
MOMENTS = (None, OPEN, OPEN + timedelta(hours=30, microseconds=5), OPEN + timedelta(days=30))


@pytest.fixture
def user_ids() -> list[str]:
    """Users with decisions about signals of two rules in up to three versions on the same bars,
    some matured, some of these without an R, some beyond the clip."""
    draw = random.Random(7)  # noqa: S311 - not for secrets
    users = [trader().pk for _ in range(3)]
    for _ in range(60):
        fired = fired_signal(
            draw.randrange(12),
            rule_id=draw.choice(["a", "b"]),
            rule_version=draw.choice("123"),
            session_date=FIRST + timedelta(days=draw.randrange(3)),
        )
        decisions = [
            new_decision(
                user_id,
                fired.key,
                delivered=draw.random() < 0.5,
                decided_at=OPEN + timedelta(hours=draw.randrange(60)),
            )
            for user_id in users
            if draw.random() < 0.6
        ]
        with transaction.atomic():
            record_moment(fired=[fired], decisions=decisions)
    for signal in Signal.objects.all():
        if draw.random() < 0.7:
            signal.matured_at = OPEN + timedelta(hours=draw.randrange(80))
            signal.outcome_r = None if draw.random() < 0.2 else draw.uniform(-4, 6)
            signal.save()
    return users


def matured(signal: Signal, as_of: datetime | None) -> bool:
    if signal.matured_at is None or signal.outcome_r is None:
        return False
    return as_of is None or signal.matured_at <= as_of


def micro(signal: Signal) -> int:
    assert signal.outcome_r is not None
    return round(min(4.0, max(-2.0, signal.outcome_r)) * 1_000_000)


def first_ids() -> set[str]:
    """Of each bar and rule the version that was recorded first and decided for anybody."""
    decided = Signal.objects.filter(pk__in=Decision.objects.values("signal")).order_by("-pk")
    return set({(s.symbol, s.timeframe, s.seq, s.rule_id): s.pk for s in decided}.values())


def decided(
    as_of: datetime | None, days: tuple[date, date], rules: list[str] | None
) -> Iterator[Decision]:
    for decision in Decision.objects.select_related("signal"):
        known = as_of is None or decision.decided_at <= as_of
        wanted = rules is None or decision.signal.rule_id in rules
        if known and wanted and days[0] <= decision.signal.session_date <= days[1]:
            yield decision


def test_against_rows_counted_one_by_one(user_ids: list[str]) -> None:
    for as_of, rules, days in product(MOMENTS, RULES, DAYS):
        check(user_ids, as_of, rules, days)


def check(
    user_ids: list[str],
    as_of: datetime | None,
    rules: list[str] | None,
    days: tuple[date, date],
) -> None:
    """Both tallies of one window."""
    firsts = first_ids()
    users: dict[tuple[str, str, date], list[int]] = defaultdict(lambda: [0] * 7)
    events: dict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    for decision in decided(as_of, days, rules):
        signal = decision.signal
        counts = users[decision.user_id, signal.rule_id, signal.session_date]
        counts[0] += 1
        counts[1] += decision.delivered
        if matured(signal, as_of):
            counts[2] += 1
            counts[3] += (signal.outcome_r or 0) > 0
            counts[4] += micro(signal)
            if signal.pk in firsts:
                counts[5] += 1
                counts[6] += micro(signal)
                events[signal.rule_id, signal.session_date][signal.pk] = micro(signal)
    window = {"rule_ids": rules, "first_day": days[0], "last_day": days[1], "as_of": as_of}
    expected = sorted(DecisionTally(*key, *counts) for key, counts in users.items())
    assert sorted(tally_decisions(user_ids=None, **window)) == expected  # type: ignore[arg-type]
    one = user_ids[:1]
    own = [tally for tally in expected if tally.user_id in one]
    assert sorted(tally_decisions(user_ids=one, **window)) == own  # type: ignore[arg-type]
    assert tally_decisions(user_ids=[], **window) == []  # type: ignore[arg-type]
    assert sorted(tally_events(**window)) == sorted(  # type: ignore[arg-type]
        EventTally(*key, len(each), sum(each.values())) for key, each in events.items()
    )
