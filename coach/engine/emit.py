"""Writing one trigger record from the core of the current bar."""

from coach.engine.confidence import confidence_of, fill_features
from coach.engine.jit import inner
from coach.engine.layout import Record


@inner
def emit(t: Record, x: Record, timeframe_ms: int, slot: int, direction: int, level: float) -> None:
    """Fill one record of type ``TRIGGER``."""
    t.ts = x.ts
    t.seq = x.ts // timeframe_ms
    fill_features(t.f, x, direction, level)
    t.confidence = confidence_of(t.f)
    t.level = level
    t.close = x.close
    t.atr = x.atr
    t.rule = slot
    t.direction = direction
    t.trend = x.regime.trend
    t.volatility = x.regime.volatility
    t.warm = 1 - x.cold
