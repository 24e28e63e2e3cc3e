"""How far a user's evidence speaks for or against a rule: a score in [-1, +1] (pure).

Two parts, labels and outcomes, each an effect size damped by how sure the sign of the effect is
(``half``), from 7-day and 30-day counts blended 0.6 : 0.4. The last 7 days alone may only pull the
score down, so that a rule that has just turned bad is noticed within days.

    Phi(z) = 0.5(1 + erf(z/√2))      half(e, sd, D) = clip(e/D, -1, 1)·(2·Phi(|e|/sd) - 1)
    x   = 0.6·x7 + 0.4·x30           for each of a, b, n, S and A, B, n', S'
    m   = (A + 10)/(A + B + 20)
    mu  = (8m + a)/(8 + a + b)       sd = √(mu(1-mu)/(9 + a + b))
    sL  = half(mu - 0.5, sd, 0.25)
    m0  = S'/(n' + 40)
    E   = (S + 10·m0)/(n + 10)       sE = half(E, 1.2/√(n + 10), 0.30)
    c   = clip(0.7(sL + sE), -1, 1)
    s30 = c from the blended counts  s7 = c from 7-day counts alone (the others' too)
    k   = clip(-s7/0.3, 0, 1)        score = (1-k)·s30 + k·min(s30, s7)

Source: Beta prior of 8 pseudo-labels centred on the other users' rate m (itself shrunk by 10 + 10),
the Beta posterior's standard deviation; normal prior of 10 pseudo-outcomes on the mean R, whose
per-signal standard deviation under the 1.5 : 1 barriers is about 1.2.

Monotone: a further good label never lowers the score and a further bad one never raises it, own or
others', in either window. That does not hold for outcomes, and should not: a winner below the
rule's mean lowers that mean. See docs/decisions/0301-score-monotone-in-labels.md.
"""

import math
from dataclasses import dataclass
from typing import Final

WEEK_WEIGHT: Final = 0.6
MONTH_WEIGHT: Final = 0.4
OTHERS_LABEL_PRIOR: Final = 10.0
LABEL_PRIOR: Final = 8.0
LABEL_EFFECT: Final = 0.25
OTHERS_OUTCOME_PRIOR: Final = 40.0
OUTCOME_PRIOR: Final = 10.0
OUTCOME_SD: Final = 1.2
OUTCOME_EFFECT: Final = 0.30
PART_WEIGHT: Final = 0.7
WEEK_ALARM: Final = 0.3
MAX_COUNT: Final = 1e12

_SQRT2: Final = math.sqrt(2.0)


@dataclass(frozen=True, slots=True)
class Counts:
    """Evidence of one window: labels and matured outcomes.

    ``good`` and ``bad`` are evidence counts (a, b; for the others A, B), ``matured`` the number of
    matured outcomes (n; n'), ``r_sum`` the sum of their R, each clipped to [-2, +4] (S; S').
    Of the other users, labels count each, outcomes each market event (symbol, timeframe, seq, rule)
    once and without the events that this user has himself. Blended counts are fractional.

    Raises ValueError when a count is outside [0, 1e12] or the sum is not finite.
    """

    good: float = 0.0
    bad: float = 0.0
    matured: float = 0.0
    r_sum: float = 0.0

    def __post_init__(self) -> None:
        for name in ("good", "bad", "matured"):
            value = getattr(self, name)
            # Above about 1e16 a rate rounds to exactly 1 and its standard deviation to 0.
            if not 0 <= value <= MAX_COUNT:
                raise ValueError(f"{name}: {value} is outside [0, {MAX_COUNT:g}]")
        if not math.isfinite(self.r_sum):
            raise ValueError(f"r_sum: {self.r_sum} is not a finite number")


NO_COUNTS: Final = Counts()


@dataclass(frozen=True, slots=True)
class EvidencePart:
    """One pass through the formula, on one pair of counts, with every step kept for the screen.

    ``m`` the prior mean of the labels, ``mu`` their posterior mean, ``label_sd`` its standard
    deviation, ``s_label`` sL; ``m0`` the prior mean R, ``expectancy`` the posterior mean E in R,
    ``s_outcome`` sE; ``value`` c.
    """

    m: float
    mu: float
    label_sd: float
    s_label: float
    m0: float
    expectancy: float
    s_outcome: float
    value: float


@dataclass(frozen=True, slots=True)
class ScoreBreakdown:
    """A score and how it came about: ``blended.value`` is s30, ``week.value`` s7."""

    score: float
    k: float
    blended: EvidencePart
    week: EvidencePart

    @property
    def s30(self) -> float:
        """The score of the blended counts."""
        return self.blended.value

    @property
    def s7(self) -> float:
        """The score of the last 7 days alone."""
        return self.week.value

    def numbers(self) -> dict[str, float]:
        """The steps under the names the screen uses, m to sE being those of the blended counts."""
        part = self.blended
        return {
            "m": part.m,
            "mu": part.mu,
            "sL": part.s_label,
            "m0": part.m0,
            "expectancy": part.expectancy,
            "sE": part.s_outcome,
            "s30": self.s30,
            "s7": self.s7,
            "k": self.k,
            "score": self.score,
        }


def clip(value: float, low: float, high: float) -> float:
    """``value`` held inside [low, high]."""
    return min(max(value, low), high)


def half(effect: float, sd: float, full: float) -> float:
    """An effect in [-1, 1] (full at ``full``), times how sure its sign is: 2·Phi(|e|/sd) - 1."""
    # 2·Phi(z) - 1 = erf(z/√2), without the cancellation at small z.
    return clip(effect / full, -1.0, 1.0) * math.erf(abs(effect) / (sd * _SQRT2))


def blend(week: Counts, month: Counts) -> Counts:
    """0.6 of the 7-day counts and 0.4 of the 30-day counts (which include the 7 days)."""
    return Counts(
        good=WEEK_WEIGHT * week.good + MONTH_WEIGHT * month.good,
        bad=WEEK_WEIGHT * week.bad + MONTH_WEIGHT * month.bad,
        matured=WEEK_WEIGHT * week.matured + MONTH_WEIGHT * month.matured,
        r_sum=WEEK_WEIGHT * week.r_sum + MONTH_WEIGHT * month.r_sum,
    )


def evidence_part(own: Counts, others: Counts) -> EvidencePart:
    """Labels and outcomes of one pair of counts, down to c in [-1, +1]."""
    m = (others.good + OTHERS_LABEL_PRIOR) / (others.good + others.bad + 2 * OTHERS_LABEL_PRIOR)
    weight = LABEL_PRIOR + own.good + own.bad
    mu = (LABEL_PRIOR * m + own.good) / weight
    label_sd = math.sqrt(mu * (1.0 - mu) / (weight + 1.0))
    s_label = half(mu - 0.5, label_sd, LABEL_EFFECT)

    m0 = others.r_sum / (others.matured + OTHERS_OUTCOME_PRIOR)
    outcomes = own.matured + OUTCOME_PRIOR
    expectancy = (own.r_sum + OUTCOME_PRIOR * m0) / outcomes
    s_outcome = half(expectancy, OUTCOME_SD / math.sqrt(outcomes), OUTCOME_EFFECT)

    value = clip(PART_WEIGHT * (s_label + s_outcome), -1.0, 1.0)
    return EvidencePart(m, mu, label_sd, s_label, m0, expectancy, s_outcome, value)


def explain_score(
    own7: Counts, own30: Counts, others7: Counts = NO_COUNTS, others30: Counts = NO_COUNTS
) -> ScoreBreakdown:
    """The score with every step; the 30-day counts include the 7-day ones."""
    blended = evidence_part(blend(own7, own30), blend(others7, others30))
    week = evidence_part(own7, others7)
    k = clip(-week.value / WEEK_ALARM, 0.0, 1.0)
    value = (1.0 - k) * blended.value + k * min(blended.value, week.value)
    return ScoreBreakdown(score=value, k=k, blended=blended, week=week)


def score(
    own7: Counts, own30: Counts, others7: Counts = NO_COUNTS, others30: Counts = NO_COUNTS
) -> float:
    """The score in [-1, +1] of one user and rule; 0 without any evidence."""
    return explain_score(own7, own30, others7, others30).score
