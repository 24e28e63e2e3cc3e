"""What the gates would have made of a run's triggers, in memory (pure).

The governor's own decision, trigger by trigger, with scores, flags, kills, calibration and alert
price as they were at each bar's close. Losses are those of the alerts it delivers here
(``lossSource: "alerts"``, always so in backtests), counted when their horizon has passed.
"""

import bisect
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Generic, TypeVar

from learning.calibration import Calibration
from risk.gate import GateCode
from risk.governor import Decision, decide_all
from risk.policy import RiskPolicy
from risk.state import GovernorSignal, GovernorState, ValueInputs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Steps(Generic[T]):
    """A value that changes at moments (epoch ms, ascending); ``first`` before the first of them."""

    first: T
    times: tuple[int, ...] = ()
    values: tuple[T, ...] = ()

    def at(self, as_of: int) -> T:
        """The value in force at a moment."""
        index = bisect.bisect_right(self.times, as_of)
        return self.values[index - 1] if index else self.first

    @classmethod
    def written(cls, first: T, rows: Iterable[tuple[int, int, T]]) -> "Steps[T]":
        """From rows (order of writing, moment, value) of an append-only history.

        At a moment that row counts which was written last among those dated by then: a replay that
        is started again repeats its dates.
        """
        times: list[int] = []
        values: list[T] = []
        last = -1
        for number, at, value in sorted(rows, key=lambda row: (row[1], row[0])):
            if number < last:
                continue
            last = number
            if times and times[-1] == at:
                values[-1] = value
            else:
                times.append(at)
                values.append(value)
        return cls(first, tuple(times), tuple(values))

    def until(self, end: int) -> "Steps[T]":
        """Without what came at or after ``end``."""
        stop = bisect.bisect_left(self.times, end)
        return Steps(self.first, self.times[:stop], self.values[:stop])


@dataclass(frozen=True, slots=True)
class GateHistory:
    """Everything the gates read besides the triggers, as of any moment.

    ``scores`` by rule; ``v2``: whether the second governor decides; ``killed`` by rule the evidence
    in words while it is killed, else None; ``price`` what an alert must be worth in R.
    """

    policy: RiskPolicy = field(default_factory=lambda: RiskPolicy(loss_source="alerts"))
    scores: Mapping[str, Steps[float]] = field(default_factory=dict)
    v2: Steps[bool] = Steps(first=False)
    calibration: Steps[Calibration | None] = Steps(first=None)
    price: Steps[float] = Steps(first=0.0)
    killed: Mapping[str, Steps[str | None]] = field(default_factory=dict)

    def score(self, rule_id: str, as_of: int) -> float:
        """A rule's score at a moment; 0 without a history."""
        steps = self.scores.get(rule_id)
        return 0.0 if steps is None else steps.at(as_of)

    def value(self, as_of: int) -> ValueInputs | None:
        """What the second governor adds at a moment; None where the first one decides."""
        if not self.v2.at(as_of):
            return None
        return ValueInputs(self.calibration.at(as_of), self.price.at(as_of))

    def killed_at(self, as_of: int) -> Mapping[str, str]:
        """The rules that are killed at a moment, each with its evidence."""
        held = {rule_id: steps.at(as_of) for rule_id, steps in self.killed.items()}
        return {rule_id: words for rule_id, words in held.items() if words is not None}

    def as_json(self) -> dict[str, Any]:
        """For the identity of a run: equal histories are equal JSON."""
        return {
            "policy": {name: getattr(self.policy, name) for name in RiskPolicy.__slots__},
            "scores": {rule: _listed(steps) for rule, steps in sorted(self.scores.items())},
            "v2": _listed(self.v2),
            "calibration": [
                [at, None if each is None else each.to_json()]
                for at, each in _listed(self.calibration)
            ],
            "price": _listed(self.price),
            "killed": {rule: _listed(steps) for rule, steps in sorted(self.killed.items())},
        }


def _listed(steps: Steps[Any]) -> list[list[Any]]:
    return [
        [None, steps.first],
        *([a, v] for a, v in zip(steps.times, steps.values, strict=True)),
    ]


@dataclass(frozen=True, slots=True)
class PastSignal:
    """A trigger as the gates see it, its session, and what became of it.

    ``session_day`` days since 1970-01-01; times in epoch ms UTC; ``matured_ms`` and ``r`` None
    where the horizon has not passed or there was nothing to enter.
    """

    signal: GovernorSignal
    session_day: int
    session_end_ms: int
    in_session: bool = True
    matured_ms: int | None = None
    r: float | None = None


@dataclass(slots=True)
class Desk:
    """A user's governor on its way through the past; may be handed on to the next stretch of it."""

    history: GateHistory
    state: GovernorState = field(default_factory=GovernorState)
    session_day: int | None = None
    pending: list[tuple[int, int, int, float]] = field(default_factory=list)
    delivered: int = 0

    def decide(self, moment: Sequence[PastSignal]) -> list[tuple[PastSignal, Decision]]:
        """Decide the signals of one moment, which share a symbol and a bar."""
        first, as_of = moment[0], moment[0].signal.close_ms
        if first.session_day != self.session_day:
            self.session_day = first.session_day
            self.state = self.state.open_session(session_end_ms=first.session_end_ms)
        self._count_losses(as_of)
        state = replace(
            self.state,
            in_session=first.in_session,
            killed=self.history.killed_at(as_of),
            value=self.history.value(as_of),
        )
        scores = {
            each.signal.rule_id: self.history.score(each.signal.rule_id, as_of) for each in moment
        }
        decided, self.state = decide_all(
            (each.signal for each in moment), self.history.policy, state, scores, as_of
        )
        by_rule = {each.signal.rule_id: each for each in moment}
        found = [(by_rule[signal.rule_id], decision) for signal, decision in decided]
        for past, decision in found:
            if decision.delivered:
                self._remember(past)
        return found

    def _remember(self, past: PastSignal) -> None:
        self.delivered += 1
        if past.matured_ms is not None and past.r is not None:
            entry = (past.matured_ms, self.delivered, past.session_day, past.r)
            heapq.heappush(self.pending, entry)

    def _count_losses(self, as_of: int) -> None:
        """Results of this session's alerts that have become known by now, in order of maturity."""
        while self.pending and self.pending[0][0] <= as_of:
            _, _, day, r = heapq.heappop(self.pending)
            if day == self.session_day:
                self.state = replace(self.state, losses=self.state.losses.after(r))


def decide_history(
    signals: Sequence[PastSignal], history: GateHistory, *, desk: Desk | None = None
) -> list[Decision]:
    """What the governor says to each signal of one symbol and timeframe, in order of time.

    ``desk`` carries alerts, cooldowns and losses over from an earlier stretch. Returns one decision
    for each signal, in the order given.

    Raises:
        ValueError: signals that go back in time, or one rule twice on one bar.
    """
    used = Desk(history) if desk is None else desk
    decisions: list[Decision] = []
    last = -(2**63)
    for close_ms, group in groupby(signals, key=lambda each: each.signal.close_ms):
        moment = list(group)
        if len({each.signal.rule_id for each in moment}) < len(moment):
            raise ValueError(f"a rule fires twice on the bar that closes at {close_ms}")
        if close_ms < last:
            raise ValueError(f"a signal at {close_ms} comes after one at {last}")
        last = close_ms
        found = {id(past): decision for past, decision in used.decide(moment)}
        decisions += [found[id(each)] for each in moment]
    return decisions


def account(
    decisions: Sequence[Decision], counted: Sequence[bool], micro: Sequence[int]
) -> dict[str, Any]:
    """What the gates saved and cost, in R: the losses and the gains of what they held back.

    ``counted``: outcomes whose horizon has passed; ``micro``: their clipped R in millionths.
    """
    gates = {code: _Held() for code in GateCode}
    for decision, counts, r in zip(decisions, counted, micro, strict=True):
        gates[decision.code].add(counts=counts, micro=r)
    held = [each for code, each in gates.items() if code is not GateCode.DELIVERED]
    saved, cost = (sum(getattr(each, name) for each in held) for name in ("saved", "cost"))
    through = gates[GateCode.DELIVERED]
    return {
        "delivered": through.triggers,
        "suppressed": sum(each.triggers for each in held),
        "deliveredExpectancy": through.expectancy,
        "suppressedExpectancy": _Held.together(held).expectancy,
        "savedR": saved / 1_000_000,
        "costR": cost / 1_000_000,
        "netR": (saved - cost) / 1_000_000,
        "byReason": {
            code.value: each.as_json()
            for code, each in gates.items()
            if code is not GateCode.DELIVERED and each.triggers
        },
    }


@dataclass(slots=True)
class _Held:
    """Signals with one reason; R in millionths."""

    triggers: int = 0
    counted: int = 0
    saved: int = 0
    cost: int = 0

    def add(self, *, counts: bool, micro: int) -> None:
        """One more of them."""
        self.triggers += 1
        if counts:
            self.counted += 1
            self.saved += max(0, -micro)
            self.cost += max(0, micro)

    @property
    def expectancy(self) -> float | None:
        """Mean R of what has an outcome."""
        if not self.counted:
            return None
        return round((self.cost - self.saved) / self.counted / 1_000_000, 6)

    def as_json(self) -> dict[str, Any]:
        """For the result."""
        return {
            "triggers": self.triggers,
            "expectancy": self.expectancy,
            "savedR": self.saved / 1_000_000,
            "costR": self.cost / 1_000_000,
        }

    @classmethod
    def together(cls, parts: Iterable["_Held"]) -> "_Held":
        """The sum of several."""
        total = cls()
        for each in parts:
            total.triggers += each.triggers
            total.counted += each.counted
            total.saved += each.saved
            total.cost += each.cost
        return total
