"""Triggers as Python objects, for whoever stores or shows single ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from coach.engine.confidence import Explanation, explain
from coach.engine.layout import Direction, RecordArray, Trend, Volatility
from coach.engine.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger. Prices in quote currency, ``ts`` the bar's open in epoch ms UTC."""

    rule_id: str
    rule_version: int
    ts: int
    seq: int
    direction: Direction
    confidence: float
    level: float
    close: float
    atr: float
    trend: Trend
    volatility: Volatility
    features: tuple[float, ...]
    warm: bool
    why: str

    @property
    def regime(self) -> str:
        """``trend/normal`` and the like: trend half, then volatility half."""
        return f"{self.trend.name.lower()}/{self.volatility.name.lower()}"

    def explain(self) -> Explanation:
        """The confidence taken apart."""
        return explain(self.features)


def read(triggers: RecordArray, ruleset: RuleSet) -> Iterator[Trigger]:
    """Python objects of an array of triggers, in its order."""
    for t in triggers:
        chosen = ruleset.rules[int(t["rule"])]
        direction = Direction(int(t["direction"]))
        close, level = float(t["close"]), float(t["level"])
        template = chosen.rule.why_long if direction > 0 else chosen.rule.why_short
        yield Trigger(
            rule_id=chosen.rule_id,
            rule_version=chosen.version,
            ts=int(t["ts"]),
            seq=int(t["seq"]),
            direction=direction,
            confidence=float(t["confidence"]),
            level=level,
            close=close,
            atr=float(t["atr"]),
            trend=Trend(int(t["trend"])),
            volatility=Volatility(int(t["volatility"])),
            features=tuple(t["f"].tolist()),
            warm=bool(t["warm"]),
            why=template.format(close=f"{close:.7g}", level=f"{level:.7g}", **chosen.params),
        )
