"""A rule against its outcomes: every figure equals rows counted one by one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from coach.market.models import Clock
from coach.signals.records import OutcomeUpdate
from coach.signals.services import record_moment, save_outcomes
from coach.signals.tests.factories import SESSION, fired_signal, new_decision, trader
from coach.signals.verdicts import tally_chance
from feedback.tests.factories import label
from learning.evidence import wilson_interval
from learning.review import calibrations, review
from learning.tests.factories import NOON, decided, mature

pytestmark = pytest.mark.django_db(transaction=True)
RULE = "ltp_breakout"
VERDICT = {1.45: "good", 0.1: "neutral", -1.05: "bad"}


def signal_with(
    user_id: str,
    minute: int,
    *,
    confidence: float = 0.7,
    r: float | None = None,
    delivered: bool = True,
    **decision: Any,
) -> str:
    """A decided signal, matured with this R and its verdict where there is one; its id."""
    fired = fired_signal(minute, confidence=confidence)
    code = {} if delivered else {"reason_code": "confidence"}
    made = new_decision(user_id, fired.key, delivered=delivered, **code | decision)
    with transaction.atomic():
        signal_id = record_moment(fired=[fired], decisions=[made]).signal_ids[fired.key]
        if r is not None:
            at = fired.fired_at + timedelta(minutes=30)
            update = OutcomeUpdate(
                signal_id=signal_id,
                state="closed",
                r=r,
                verdict=VERDICT[r],
                known_at=at,
                matured_at=at,
            )
            save_outcomes(updates=[update])
    return signal_id


def test_hits_by_tenths_of_confidence() -> None:
    user, other = trader().pk, trader().pk
    drawn = random.Random(7)  # noqa: S311  reproducible rows
    rows = []
    for minute in range(60):
        confidence = drawn.choice((0.05, 0.59, 0.6, 0.7, 0.79, 0.8, 0.999999999, 1.0))
        r = drawn.choice((1.45, 0.1, -1.05, None))
        rows.append((confidence, r))
        signal_with(user, minute, confidence=confidence, r=r, delivered=minute % 3 == 0)
    signal_with(other, 200, confidence=0.7, r=1.45)
    (found,) = calibrations(user, [RULE], as_of=NOON)
    bins = {one["low"]: one for one in found["bins"]}
    tenth_of = {0.05: 0, 0.59: 50, 0.6: 60, 0.7: 70, 0.79: 70, 0.8: 80}
    wanted: dict[int, list[float]] = {}
    for confidence, r in rows:
        if r is not None:
            wanted.setdefault(tenth_of.get(confidence, 90), []).append(r)
    assert {low: one["n"] for low, one in bins.items()} == {
        low: len(rs) for low, rs in wanted.items()
    }
    for low, rs in wanted.items():
        hits = sum(r > 0 for r in rs)
        assert bins[low]["hits"] == hits
        assert bins[low]["hitRate"] == hits / len(rs)
        bounds = (bins[low]["hitRateLow"], bins[low]["hitRateHigh"])
        assert bounds == wilson_interval(hits, len(rs))


def test_what_was_said_and_what_it_was() -> None:
    user = trader().pk
    for minute, (p, r) in enumerate([(0.62, 1.45), (0.68, -1.05), (0.64, 1.45), (0.31, -1.05)]):
        beside = minute % 2
        numbers = {"shadow": {"numbers": {"p": p}}} if beside else {"numbers": {"p": p}}
        signal_with(user, minute, r=r, **numbers)
    signal_with(user, 10, r=1.45)  # decided before there was a calibration
    low, high = review(user, RULE, as_of=NOON)["chance"]
    assert (low["low"], low["n"], low["hits"]) == (30, 1, 0)
    assert (high["low"], high["n"], high["hits"]) == (60, 3, 2)
    assert high["said"] == pytest.approx((0.62 + 0.68 + 0.64) / 3)
    span = {"first_day": SESSION, "last_day": SESSION}
    assert sum(one.matured for one in tally_chance(user, [RULE], **span)) == 4


def test_labels_against_verdicts_and_what_each_gate_saved_and_cost() -> None:
    user = trader().pk
    cases = [
        ("good", 1.45, True),
        ("good", -1.05, True),
        ("bad", -1.05, False),
        ("bad", 1.45, False),
        ("missed", 1.45, False),
        (None, 0.1, True),
        (None, -1.05, False),
        (None, None, True),
        ("late", None, True),
    ]
    for minute, (given, r, delivered) in enumerate(cases):
        signal_id = signal_with(user, minute, r=r, delivered=delivered)
        if given is not None:
            label(user, signal_id, given)
    found = review(user, RULE, as_of=NOON)
    matrix = {
        row["label"]: [row[v] for v in ("good", "neutral", "bad", "open")]
        for row in found["matrix"]
    }
    assert matrix == {
        "good": [1, 0, 1, 0],
        "bad": [1, 0, 1, 0],
        "late": [0, 0, 0, 1],
        "missed": [1, 0, 0, 0],
        "none": [0, 1, 1, 1],
    }
    assert found["held"] == [
        {
            "reasonCode": "confidence",
            "n": 4,
            "saved": pytest.approx(2.1),
            "cost": pytest.approx(2.9),
        }
    ]


def test_older_sessions_and_others_labels_do_not_count() -> None:
    user, other = trader().pk, trader().pk
    signal = mature(decided(user, other), 1.45)
    label(other, signal.id, "bad")
    assert review(user, RULE, as_of=NOON)["confidence"][0]["n"] == 1
    none = next(r for r in review(user, RULE, as_of=NOON)["matrix"] if r["label"] == "none")
    assert sum(none[name] for name in ("good", "neutral", "bad", "open")) == 1
    later = review(user, RULE, as_of=NOON + timedelta(days=30))
    assert later["confidence"] == later["held"] == []


def test_over_http(client: Client) -> None:
    user = trader()
    Clock.objects.create(
        source="replay",
        anchor_wall_ms=0,
        anchor_market_ms=0,
        speed=1,
        market_ms=int(datetime(2025, 3, 3, 20, tzinfo=UTC).timestamp() * 1000),
    )
    client.force_login(user)
    wrong = signal_with(user.pk, 0, r=-1.05)
    right = signal_with(user.pk, 1, r=1.45, delivered=False)
    signal_with(user.pk, 2)
    label(user.pk, wrong, "good")
    label(user.pk, right, "good")
    every = client.get("/api/rules/calibration").json()
    assert len(every) > 1
    (one,) = client.get("/api/rules/calibration", {"ruleId": RULE}).json()
    assert one in every
    assert [(b["low"], b["n"]) for b in one["bins"]] == [(70, 2)]
    assert client.get("/api/rules/review", {"ruleId": RULE}).json()["days"] == 30
    refused: list[tuple[dict[str, Any], int]] = [
        ({}, 400),
        ({"ruleId": "none_such"}, 404),
        ({"ruleId": RULE, "x": 1}, 400),
    ]
    for query, status in refused:
        assert client.get("/api/rules/review", query).status_code == status

    def found(**query: str) -> list[str]:
        page = client.get("/api/alerts", query).json()
        return [row["signalId"] for row in page["results"]]

    assert found(disagrees="true") == [wrong]
    assert found(matured="true", delivered="false") == [right]
    assert len(found(matured="false")) == 1
    assert wrong not in found(disagrees="false")
    assert client.get("/api/alerts", {"disagrees": "perhaps"}).status_code == 400
