"""The planted world: what it promises about its draws, and that its arms really learn."""

import numpy as np
import pytest

from benchmarks.learning.arms import run_arms
from benchmarks.learning.measures import judge
from benchmarks.learning.world import GIVEN, RULES, WORLDS, World, draw_world, expectancies

SHORT = World(users=2, days=24, burn_in=12, turn=18)


def test_the_same_seed_gives_the_same_draw_and_the_same_deliveries() -> None:
    one, other = draw_world(SHORT, 3), draw_world(SHORT, 3)
    for name in ("day", "user", "rule", "confidence", "r", "label_day"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert judge(3, one, run_arms(one)) == judge(3, other, run_arms(other))


def test_draws_have_the_planted_rates() -> None:
    draw = draw_world(GIVEN, 1)
    per_cell = draw.day.size / (GIVEN.users * GIVEN.days * len(RULES))
    assert per_cell == pytest.approx(5.0, rel=0.03)
    assert draw.confidence.mean() == pytest.approx(0.62, abs=0.005)
    assert draw.labelled.mean() == pytest.approx(0.5, abs=0.02)
    assert (draw.says_good == (draw.r > 0)).mean() == pytest.approx(0.8, abs=0.02)
    assert (draw.label_day - draw.day).min() == 1
    assert (draw.label_day - draw.day).mean() == pytest.approx(1 / 0.6, abs=0.05)
    assert draw.r.mean() == pytest.approx(draw.ev.mean(), abs=0.03)


def test_a_signal_of_mean_confidence_is_worth_what_its_rule_says() -> None:
    draw = draw_world(GIVEN, 2)
    planted = expectancies(GIVEN)[draw.day, draw.rule, draw.regime]
    near = np.abs(draw.confidence - 0.62) < 0.002
    assert near.sum() > 50
    assert draw.ev[near] == pytest.approx(planted[near], abs=0.01)


def test_the_null_world_has_no_edge_but_an_informative_confidence() -> None:
    null = next(world for world in WORLDS if not world.edge)
    draw = draw_world(null, 1)
    assert np.ptp(expectancies(null)) == 0.0
    assert (draw.ev[draw.confidence > 0.63] > 0).all()
    assert (draw.ev[draw.confidence < 0.61] < 0).all()


def test_the_oracle_beats_every_arm_that_learns() -> None:
    draw = draw_world(SHORT, 5)
    report = judge(5, draw, run_arms(draw))
    assert report.totals["oracle"] > report.totals["v2"] > report.totals["fixed"]
    assert report.totals["oracle"] > report.totals["v1"]
    assert report.bad_suppressed["v2"] > report.good_suppressed["v2"]
