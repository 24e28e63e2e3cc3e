"""Confidence: the worked numbers, and the points that explain it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.engine.confidence import BASE, confidence_of, explain
from coach.engine.layout import FEATURES
from coach.engine.tests import oracle

# x, RVOL, slope f, ER, vwap f -> confidence
STRONG = (0.40, 0.0, math.log2(2), 0.8, 0.45, 0.9)
LATE = (1.0, 0.4, math.log2(0.5), -0.5, 0.10, -1.0)

FEATURE_VALUES = st.tuples(
    st.floats(0, 1),
    st.floats(0, 20),
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.floats(0, 1),
    st.floats(-2, 2),
)


def test_the_worked_numbers() -> None:
    assert float(confidence_of(np.array(STRONG))) == pytest.approx(0.8430, abs=5e-5)
    assert float(confidence_of(np.array(LATE))) == pytest.approx(0.4318, abs=5e-5)
    parts = explain(STRONG).contributions
    assert [round(part.logit, 9) for part in parts] == [0.18, 0, 0.45, 0.28, 0.345, 0.225]
    assert sum(part.logit for part in parts) + math.log(0.55 / 0.45) == pytest.approx(
        1.6807, abs=5e-5
    )


@given(FEATURE_VALUES)
def test_points_add_up_to_the_confidence(features: tuple[float, ...]) -> None:
    told = explain(features)
    assert [part.name for part in told.contributions] == list(FEATURES)
    assert told.confidence == oracle.confidence(features)
    total = sum(part.points for part in told.contributions)
    assert told.base + total == pytest.approx(told.confidence, abs=1e-9)
    for part in told.contributions:
        assert part.points * part.logit >= 0


def test_contributions_that_cancel_keep_their_slope() -> None:
    """At a sum of 0 the factor is the limit, 0.2475 points per unit of logit."""
    told = explain((0.5, 0.0, -2 / 3, 0.0, 0.22, 0.0))  # +0.3 and -0.3
    assert told.confidence == BASE
    assert [round(part.points, 9) for part in told.contributions] == [0.07425, 0, -0.07425, 0, 0, 0]
    nearly = explain((0.5 + 1e-5, 0.0, -2 / 3, 0.0, 0.22, 0.0))
    assert nearly.contributions[0].points == pytest.approx(0.07425, abs=1e-5)


@pytest.mark.parametrize("features", [(1.0,) * 5, (math.nan,) * 6, (math.inf, 0, 0, 0, 0, 0)])
def test_other_than_six_finite_features_are_refused(features: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="6 finite numbers"):
        explain(features)
