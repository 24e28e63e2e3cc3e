"""A month of signals, decisions, outcomes and labels, written in bulk from a seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.contrib.auth import get_user_model

from coach.signals.models import Decision, DecisionCounter, Signal, new_id
from feedback.models import Feedback

RULES: Final = (
    "ema_cross",
    "ltp_breakout",
    "opening_range_breakout",
    "prior_day_break",
    "rsi_reversal",
    "volume_spike",
    "vwap_reclaim",
)
SYMBOLS: Final = tuple(f"SYM{number}" for number in range(20))
NOW: Final = datetime(2025, 3, 31, 20, 0, tzinfo=UTC)
DAYS: Final = 30
BATCH: Final = 2_000
LABELS: Final = ("good", "good", "good", "bad", "bad", "late", "missed")


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is; each signal is decided for `watchers` of the `users`."""

    signals: int
    labels: int
    users: int
    watchers: int


def fill(size: Size, *, seed: int) -> list[str]:
    """Write it; the users' ids."""
    draw = random.Random(seed)  # noqa: S311  reproducible data, no secret
    users = get_user_model().objects.bulk_create(
        [get_user_model()(username=f"trader{number}") for number in range(size.users)]
    )
    ids = [user.pk for user in users]
    numbers = dict.fromkeys(ids, 0)
    label_chance = size.labels / (size.signals * size.watchers)
    for signals in _batches(size.signals, draw):
        Signal.objects.bulk_create(signals)
        decisions = [
            _decision(signal, user_id, numbers, draw)
            for signal in signals
            for user_id in draw.sample(ids, size.watchers)
        ]
        Decision.objects.bulk_create(decisions)
        Feedback.objects.bulk_create(
            _label(decision, draw) for decision in decisions if draw.random() < label_chance
        )
    DecisionCounter.objects.bulk_create(
        DecisionCounter(user_id=user_id, last_n=n) for user_id, n in numbers.items()
    )
    return ids


def _batches(count: int, draw: random.Random) -> Iterator[Sequence[Signal]]:
    """Minutes of 30 session dates; every signal a bar of its own."""
    per_day = -(-count // DAYS)
    rows: list[Signal] = []
    for number in range(count):
        day, rest = divmod(number, per_day)
        minute, turn = divmod(rest, len(SYMBOLS) * len(RULES))
        rows.append(_signal(day, minute, turn, draw))
        if len(rows) == BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


def _signal(day: int, minute: int, turn: int, draw: random.Random) -> Signal:
    opens = NOW - timedelta(days=DAYS - 1 - day, hours=6) + timedelta(minutes=minute)
    ts = int(opens.timestamp() * 1000)
    fired_at = opens + timedelta(minutes=1)
    matured_at = fired_at + timedelta(minutes=30)
    return Signal(
        id=new_id(),
        symbol=SYMBOLS[turn % len(SYMBOLS)],
        timeframe="1m",
        seq=ts // 60_000,
        ts=ts,
        session_date=opens.date(),
        rule_id=RULES[turn // len(SYMBOLS)],
        rule_version="1",
        direction=draw.choice(("long", "short")),
        confidence=round(min(max(draw.gauss(0.62, 0.08), 0.05), 0.98), 9),
        price=100.0,
        level=99.5,
        atr=0.4,
        regime_trend=draw.choice(("trend", "range")),
        regime_volatility="normal",
        features={"dist": 0.4},
        engine_version="benchmark",
        fired_at=fired_at,
        outcome_state="closed",
        outcome_r=1.45 if draw.random() < 0.45 else -1.05,
        outcome_known_at=matured_at,
        matured_at=matured_at,
    )


def _decision(
    signal: Signal, user_id: str, numbers: dict[str, int], draw: random.Random
) -> Decision:
    numbers[user_id] += 1
    delivered = draw.random() < 0.5
    return Decision(
        user_id=user_id,
        signal=signal,
        n=numbers[user_id],
        delivered=delivered,
        reason_code="delivered" if delivered else "confidence",
        reason="confidence 0.65 ≥ 0.60 (base 0.60, score 0.00)",
        governor="v1",
        decided_at=signal.fired_at,
    )


def _label(decision: Decision, draw: random.Random) -> Feedback:
    signal = decision.signal
    return Feedback(
        id=uuid.uuid4(),
        user_id=decision.user_id,
        symbol=signal.symbol,
        seq=signal.seq,
        rule_id=signal.rule_id,
        label=draw.choice(LABELS),
        timeframe=signal.timeframe,
        signal=signal,
        session_date=signal.session_date,
        market_ts=signal.fired_at + timedelta(minutes=5),
        target=signal.pk,
        revision=1,
        delivered=decision.delivered,
    )
