"""Confidence of a trigger, version ``conf-v1``: in [0, 1], continuous, explainable.

``logit(c) = logit(0.55) + sum of w * (f - ref)`` over six features. It is a ranking of triggers,
not a probability.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.engine.compare import clip
from coach.engine.indicators import RING_MASK, SLOPE_BARS, efficiency_ratio, mean_volume
from coach.engine.jit import inner
from coach.engine.layout import FEATURES, Record

VERSION = "conf-v1"
BASE = 0.55
BASE_LOGIT = math.log(BASE / (1.0 - BASE))
BASE_SLOPE = BASE * (1.0 - BASE)
"""Points per unit of logit at the base, 0.2475: the factor where the contributions cancel."""

W_DIST, W_LATE, W_RVOL, W_SLOPE, W_ER, W_VWAP = 1.2, -0.8, 0.45, 0.35, 1.5, 0.25
REF_DIST, REF_ER = 0.25, 0.22
WEIGHTS = (W_DIST, W_LATE, W_RVOL, W_SLOPE, W_ER, W_VWAP)
REFERENCES = (REF_DIST, 0.0, 0.0, 0.0, REF_ER, 0.0)


@inner
def fill_features(f: np.ndarray, x: Record, direction: int, level: float) -> None:
    """Write the six features of a trigger at the core's current bar into ``f``."""
    per_atr = direction / x.atr
    reach = (x.close - level) * per_atr
    f[0] = clip(reach, 0.0, 1.0)
    f[1] = max(0.0, reach - 1.0)
    usual = mean_volume(x)
    f[2] = 0.0
    if x.volume > 0.0 and usual > 0.0:
        f[2] = clip(math.log2(x.volume / usual), -2.0, 2.0)
    climb = x.ema20.value - x.ema20s[(x.index - SLOPE_BARS) & RING_MASK]
    f[3] = clip(climb * per_atr * (1.0 / (SLOPE_BARS * 0.10)), -2.0, 2.0)
    f[4] = efficiency_ratio(x)
    f[5] = 0.0
    if x.volume_traded > 0.0:
        f[5] = clip((x.close - x.vwap) * per_atr, -2.0, 2.0)


@inner
def confidence_of(f: np.ndarray) -> float:
    """Confidence from the six features, rounded to 9 decimals (half up)."""
    z = BASE_LOGIT
    z += W_DIST * (f[0] - REF_DIST)
    z += W_LATE * f[1]
    z += W_RVOL * f[2]
    z += W_SLOPE * f[3]
    z += W_ER * (f[4] - REF_ER)
    z += W_VWAP * f[5]
    c = 1.0 / (1.0 + math.exp(-z))
    return math.floor(c * 1e9 + 0.5) / 1e9


# Explaining happens in processes that evaluate nothing: they need not wait for the compiler.
_interpreted = getattr(confidence_of, "py_func", confidence_of)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature did to a confidence: its value, its share of the logit, and in points."""

    name: str
    feature: float
    logit: float
    points: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A confidence taken apart: ``base`` plus the points of the contributions is ``confidence``."""

    version: str
    base: float
    confidence: float
    contributions: tuple[Contribution, ...]


def explain(features: Sequence[float]) -> Explanation:
    """Take a confidence apart into points: ``(c - 0.55) * phi / sum(phi)`` for each feature.

    Raises:
        ValueError: not six finite features.
    """
    values = [float(value) for value in features]
    if len(values) != len(FEATURES) or not all(map(math.isfinite, values)):
        raise ValueError(f"features must be {len(FEATURES)} finite numbers, got {values}")
    phis = [w * (f - ref) for w, f, ref in zip(WEIGHTS, values, REFERENCES, strict=True)]
    total = math.fsum(phis)
    confidence = float(_interpreted(np.array(values)))
    factor = BASE_SLOPE
    if abs(total) > 1e-6:
        factor = (1.0 / (1.0 + math.exp(-(BASE_LOGIT + total))) - BASE) / total
    parts = tuple(
        Contribution(name, f, phi, phi * factor)
        for name, f, phi in zip(FEATURES, values, phis, strict=True)
    )
    return Explanation(VERSION, BASE, confidence, parts)
