"""What counts as evidence about a rule, for whom, and from when on (pure).

Every fired signal is kept per user who watches its symbol, delivered as an alert or suppressed by
a gate, and both kinds are scored: a gate must not be able to hide its own mistakes.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

Label = Literal["good", "bad", "late", "missed"]

R_MIN: Final = -2.0
R_MAX: Final = 4.0
SHORT_WINDOW_DAYS: Final = 7
LONG_WINDOW_DAYS: Final = 30
WILSON_Z_95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class LabelIncrement:
    """What one current label adds.

    ``good`` and ``bad`` are evidence for the score; ``late`` feeds the rule's late rate alone (a
    higher gate would only make it later); ``missed`` feeds recall alone.
    """

    good: int = 0
    bad: int = 0
    late: int = 0
    missed: int = 0


_INCREMENTS: Final[dict[tuple[Label, bool], LabelIncrement]] = {
    ("good", True): LabelIncrement(good=1),
    ("good", False): LabelIncrement(good=1),
    ("bad", True): LabelIncrement(bad=1),
    ("bad", False): LabelIncrement(bad=1),
    ("late", True): LabelIncrement(late=1),
    ("late", False): LabelIncrement(late=1),
    # On an alert "missed" means "I did not act": the outcome speaks for itself.
    ("missed", True): LabelIncrement(),
    # On a suppressed signal the button reads "Should have been sent".
    ("missed", False): LabelIncrement(good=1, missed=1),
}

_MISSED_WITHOUT_SIGNAL: Final = LabelIncrement(missed=1)


def label_increment(label: Label, *, delivered: bool | None) -> LabelIncrement:
    """The increment of a label; ``delivered`` is None for a bar that had no signal.

    Only the current label of a (user, signal) may be passed: the last one wins, earlier ones are
    history. Raises ValueError for an unknown label and for a label other than ``missed`` without a
    signal.
    """
    if delivered is None:
        if label != "missed":
            raise ValueError(f"label: {label!r} needs a signal, only 'missed' can mark a bare bar")
        return _MISSED_WITHOUT_SIGNAL
    try:
        return _INCREMENTS[label, delivered]
    except KeyError:
        raise ValueError(f"label: {label!r} is none of good, bad, late, missed") from None


def clip_r(r: float) -> float:
    """R of one signal as it enters sums and expectancies: clipped to [-2, +4].

    Raises ValueError when ``r`` is not finite.
    """
    if not math.isfinite(r):
        raise ValueError(f"r: {r} is not a finite number")
    return min(max(r, R_MIN), R_MAX)


def evidence_r(*, journal_r: float | None, automatic_r: float | None) -> float | None:
    """R of a signal: the linked journal trade's if there is one, else the automatic outcome's."""
    r = automatic_r if journal_r is None else journal_r
    return None if r is None else clip_r(r)


def is_matured(*, horizon_end: datetime, arrived_at: datetime, as_of: datetime) -> bool:
    """Whether an outcome counts as of a moment.

    It counts once its horizon has passed, however early it resolved (early resolvers are mostly
    stops), and once it was known here: availability goes by arrival.
    """
    return horizon_end <= as_of and arrived_at <= as_of


def window_start(session_date: date, days: int) -> date:
    """First session date of the window of ``days`` calendar days that ends on ``session_date``.

    Windows are D-6 … D and D-29 … D, both ends inclusive, D the session date of ``as_of``.
    """
    if days < 1:
        raise ValueError(f"days: {days} is below 1")
    return session_date - timedelta(days=days - 1)


def in_window(session_date: date, *, as_of_session: date, days: int) -> bool:
    """Whether a signal of ``session_date`` lies in the window that ends on ``as_of_session``."""
    return window_start(as_of_session, days) <= session_date <= as_of_session


def wilson_interval(
    successes: int, total: int, *, z: float = WILSON_Z_95
) -> tuple[float, float] | None:
    """Wilson's score interval of a rate (Wilson 1927), 95 % by default; None without a trial.

    12 of 20 gives (0.3866, 0.7812).
    """
    if not 0 <= successes <= total:
        raise ValueError(f"successes: {successes} is outside [0, {total}]")
    if total == 0:
        return None
    rate = successes / total
    shrink = 1 + z * z / total
    centre = (rate + z * z / (2 * total)) / shrink
    margin = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / shrink
    return max(0.0, centre - margin), min(1.0, centre + margin)
