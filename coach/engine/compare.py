"""Comparisons of computed values.

Two correct orders of summing differ in the last bits, on flat stretches even in sign. So ``a > b``
means ``a - b > 1e-9 * scale``, where the scale is the bar's close for prices and 1 for ratios.
"""

from coach.engine.jit import inner

TOLERANCE = 1e-9


@inner
def above(a: float, b: float, scale: float) -> bool:
    """True if a is greater than b by more than rounding; False if either is NaN."""
    return a - b > TOLERANCE * scale


@inner
def clip(value: float, low: float, high: float) -> float:
    """The value, held inside [low, high]."""
    if value < low:
        return low
    if value > high:
        return high
    return value
