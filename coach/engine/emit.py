"""Writing one trigger record from the state after a bar."""

from coach.engine.confidence import confidence_of, fill_features
from coach.engine.jit import inner
from coach.engine.layout import Record


@inner
def emit(t: Record, s: Record, timeframe_ms: int, k: int) -> None:
    """Fill one record of type ``TRIGGER`` for the k-th rule that fired on the current bar."""
    x = s.core
    fill_features(t.f, x, s.fired_directions[k], s.fired_levels[k])
    t.ts = x.ts
    t.seq = x.ts // timeframe_ms
    t.confidence = confidence_of(t.f)
    t.level = s.fired_levels[k]
    t.close = x.close
    t.atr = x.atr
    t.rule = s.fired_slots[k]
    t.direction = s.fired_directions[k]
    t.trend = x.regime.trend
    t.volatility = x.regime.volatility
    t.warm = 1 - x.cold
