"""What one arm has learned by a morning: the product's score, calibration and kill switch."""

from typing import Final

import numpy as np

from benchmarks.learning.world import RULES, Bools, Draw, Floats
from learning.calibration import REGIMES, Calibration, CalibrationSample, fit_calibration
from learning.evidence import LONG_WINDOW_DAYS, SHORT_WINDOW_DAYS
from learning.killswitch import KillEntry, KillState, passes_value_gate, run
from learning.score import Counts, score

DAY_MS: Final = 86_400_000
RULE_NAMES: Final = tuple(rule.name for rule in RULES)


class Evidence:
    """Labels and matured outcomes by user, rule and session date, as they become known.

    Outcomes count whether delivered or not; labels exist only for what the arm delivered.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        shape = (draw.world.users, len(RULES), draw.world.days)
        # good, bad, matured, sum of R
        self._table = np.zeros((4, *shape))

    def morning(self, day: int, delivered: Bools) -> None:
        """Take in what became known overnight: yesterday's outcomes, labels that arrived."""
        draw = self._draw
        known = draw.day == day - 1
        self._add(2, known, np.ones(draw.r.size))
        self._add(3, known, draw.r)
        arrived = delivered & draw.labelled & (draw.label_day == day)
        self._add(0, arrived, draw.says_good.astype(np.float64))
        self._add(1, arrived, (~draw.says_good).astype(np.float64))

    def _add(self, kind: int, rows: Bools, amount: Floats) -> None:
        draw = self._draw
        index = (draw.user[rows], draw.rule[rows], draw.day[rows])
        np.add.at(self._table[kind], index, amount[rows])

    def scores(self, day: int) -> list[dict[str, float]]:
        """The score of each rule, user by user, as of the morning of ``day``."""
        own = [self._window(day, days) for days in (SHORT_WINDOW_DAYS, LONG_WINDOW_DAYS)]
        # The users' signals are independent, so no market event of the others is his too.
        others = [window.sum(axis=1, keepdims=True) - window for window in own]
        week, month, others_week, others_month = (_counts(one) for one in (*own, *others))
        return [
            {
                name: score(
                    week[user][rule],
                    month[user][rule],
                    others_week[user][rule],
                    others_month[user][rule],
                )
                for rule, name in enumerate(RULE_NAMES)
            }
            for user in range(self._draw.world.users)
        ]

    def _window(self, day: int, days: int) -> Floats:
        """Counts of the window that ends on ``day``, shape (4, users, rules)."""
        first = max(0, day - days + 1)
        return np.asarray(self._table[..., first : day + 1].sum(axis=-1), dtype=np.float64)


def _counts(window: Floats) -> list[list[Counts]]:
    """Counts by user and rule from a window of shape (4, users, rules)."""
    return [[Counts(*cell) for cell in row] for row in np.moveaxis(window, 0, -1).tolist()]


def calibrate(draw: Draw, day: int) -> Calibration:
    """The calibration of the morning of ``day``, over all signals that fired before it."""
    past = slice(0, int(draw.first[day]))
    sample = CalibrationSample(
        rules=RULE_NAMES,
        confidence=draw.confidence[past],
        rule=draw.rule[past],
        regime=draw.regime[past],  # TREND and RANGE are the first two of REGIMES
        r=draw.r[past],
        age_days=(day - draw.day[past]).astype(np.float64),
    )
    return fit_calibration(sample)


class KillBoard:
    """The kill switch of every rule over all users."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self.states = {name: KillState() for name in RULE_NAMES}

    def morning(self, day: int, evs: list[float | None]) -> None:
        """Take in yesterday's outcomes of the signals that passed the expected value gate."""
        entries: dict[str, list[KillEntry]] = {}
        for i in self._draw.of_day(day - 1):
            ev = evs[i]
            if ev is not None and passes_value_gate(ev, 0.0):
                entry = self._entry(day, i)
                entries.setdefault(RULE_NAMES[self._draw.rule[i]], []).append(entry)
        for name, found in entries.items():
            self.states[name] = run(found, self.states[name])

    def _entry(self, day: int, i: int) -> KillEntry:
        draw = self._draw
        return KillEntry(
            matured_ms=day * DAY_MS,
            fired_ms=int(draw.day[i]) * DAY_MS + int(draw.minute[i] + 1) * 60_000,
            event=(f"U{draw.user[i]}", "1m", i),
            r=float(draw.r[i]),
        )

    def killed(self) -> dict[str, str]:
        """The killed rules with their evidence in words."""
        return {name: state.sentence for name, state in self.states.items() if state.killed}


def regime_name(index: int) -> str:
    """The name of a regime by its index in the world."""
    return REGIMES[index]
