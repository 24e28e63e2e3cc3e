"""What is measured."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.test import Client

from benchmarks.learning_db.data import NOW, RULES
from coach.market.models import Clock
from coach.signals.models import Decision
from coach.signals.records import FiredSignal
from feedback.services import give_label
from learning.rollup import rollup
from learning.services import get_rule_metrics, rebuild
from risk.services import decide_moment

Job = Callable[[], object]


class Work:
    """Jobs on the filled database, with the market's clock at the end of the month."""

    def __init__(self, users: list[str]) -> None:
        self.users = users
        Clock.objects.create(
            source="replay",
            anchor_wall_ms=0,
            anchor_market_ms=0,
            speed=1,
            paused=True,
            market_ms=int(NOW.timestamp() * 1000),
        )
        self.client = Client(headers={"host": "localhost"})
        self.client.force_login(get_user_model().objects.get(pk=users[0]))
        waiting = Decision.objects.filter(user=users[0]).order_by("-n").values_list("signal_id")
        self.labels = zip(
            (signal_id for (signal_id,) in waiting[:4000]),
            itertools.cycle(("good", "bad")),
            strict=False,
        )
        self.minutes = itertools.count()

    def once(self) -> dict[str, Job]:
        """Jobs timed once, in this order."""
        return {
            "rollup of 31 days, empty table": lambda: rollup(as_of=NOW),
            "rollup of 31 days again": lambda: rollup(as_of=NOW),
            "metrics of all rules, everything counted from the rows": self.cold,
        }

    def often(self) -> dict[str, tuple[Job, int]]:
        """Jobs timed many times."""
        return {
            "GET /api/rules/metrics, one rule": (lambda: self.get(ruleId=RULES[0]), 100),
            "GET /api/rules/metrics, all rules": (self.get, 50),
            "GET /api/rules/metrics, one rule as of a past day": (self.past, 20),
            "GET /api/risk/preview, all rules": (lambda: self.fetch("/api/risk/preview"), 50),
            "a label, with ledger, announcement and aggregates": (self.label, 300),
            "a label, then the metrics of its rule": (self.label_and_read, 100),
            "a moment of 21 signals for 10 users": (self.moment, 30),
        }

    def fetch(self, path: str, **query: str) -> None:
        answer = self.client.get(path, query)
        assert answer.status_code == 200, answer.content  # noqa: S101  a wrong answer is no figure

    def get(self, **query: str) -> None:
        self.fetch("/api/rules/metrics", **query)

    def past(self) -> None:
        self.get(ruleId=RULES[0], asOf=(NOW - timedelta(days=2)).isoformat())

    def cold(self) -> None:
        rebuild()
        self.get()

    def label(self) -> str:
        signal_id, label = next(self.labels)
        result = give_label(
            user_id=self.users[0],
            signal_id=signal_id,
            label=label,
            notes=f"{time.time_ns()}",
            market_ts=NOW,
        )
        assert result.feedback is not None  # noqa: S101
        return result.feedback.rule_id

    def label_and_read(self) -> None:
        get_rule_metrics(self.label(), user_id=self.users[0])

    def moment(self) -> None:
        minute = next(self.minutes)
        signals = [
            _fired(minute, symbol, rule) for symbol in ("SYM0", "SYM1", "SYM2") for rule in RULES
        ]
        made = decide_moment(
            signals=signals,
            watchers={signal.symbol: self.users for signal in signals},
            as_of=signals[0].fired_at,
        )
        assert len(made) == len(signals) * len(self.users)  # noqa: S101


def _fired(minute: int, symbol: str, rule_id: str) -> FiredSignal:
    fired_at = NOW - timedelta(hours=1) + timedelta(minutes=minute)
    ts = int(fired_at.timestamp() * 1000) - 60_000
    return FiredSignal(
        symbol=symbol,
        timeframe="1m",
        seq=ts // 60_000,
        ts=ts,
        session_date=fired_at.date(),
        rule_id=rule_id,
        rule_version="1",
        direction="long",
        confidence=0.62,
        price=100.0,
        level=99.5,
        atr=0.4,
        regime_trend="trend",
        regime_volatility="normal",
        warm=True,
        features={},
        engine_version="benchmark",
        fired_at=fired_at,
    )
