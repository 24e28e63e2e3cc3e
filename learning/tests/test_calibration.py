"""The calibration: against a general optimiser, and the promises that a nightly task needs."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.calibration import (
    REGIMES,
    Calibration,
    CalibrationError,
    CalibrationRow,
    CalibrationSample,
    expected_value,
    fit_calibration,
    logit,
    sigmoid,
)


def draw(n: int, seed: int = 7, rules: int = 3) -> CalibrationSample:
    rng = np.random.default_rng(seed)
    confidence = np.clip(rng.normal(0.62, 0.08, n), 0.05, 0.98)
    rule = rng.integers(0, rules, n)
    regime = rng.integers(0, 3, n)
    x = (confidence - 0.62) / 0.08 * 0.35 + np.array([0.5, -0.6, 0.0])[rule % 3] - 0.3
    won = rng.random(n) < 1 / (1 + np.exp(-x))
    r = np.where(rng.random(n) < 0.15, rng.uniform(-1.05, 1.45, n), np.where(won, 1.45, -1.05))
    return CalibrationSample(
        rules=tuple(f"rule{i}" for i in range(rules)),
        confidence=confidence,
        rule=rule,
        regime=regime,
        r=r,
        age_days=rng.integers(0, 80, n).astype(float),
    )


def penalised_loss(sample: CalibrationSample, cal: Calibration) -> float:
    """The page's criterion, term by term in plain Python."""
    loss = 0.5 * (cal.b - 0.5) ** 2
    for rule in sample.rules:
        loss += 0.5 * 8 * cal.rule_offsets[rule] ** 2
        loss += sum(0.5 * 16 * cal.regime_offsets[rule][name] ** 2 for name in REGIMES)
    for i in range(len(sample.r)):
        if sample.age_days[i] >= 60:
            continue
        weight = 2 ** (-sample.age_days[i] / 20)
        y = min(max((sample.r[i] + 1.05) / 2.5, 0), 1)
        p = cal.predict(
            float(sample.confidence[i]), sample.rules[sample.rule[i]], REGIMES[sample.regime[i]]
        )
        loss -= weight * (y * np.log(p) + (1 - y) * np.log(1 - p))
    return float(loss)


def nudges(cal: Calibration, by: float) -> list[Calibration]:
    found = [replace(cal, a=cal.a + by), replace(cal, b=cal.b + by)]
    for rule in cal.rule_offsets:
        offsets = {**cal.rule_offsets, rule: cal.rule_offsets[rule] + by}
        found.append(replace(cal, rule_offsets=offsets))
        for name in REGIMES:
            cells = {**cal.regime_offsets[rule], name: cal.regime_offsets[rule][name] + by}
            found.append(replace(cal, regime_offsets={**cal.regime_offsets, rule: cells}))
    return found


def test_it_is_the_minimum_of_the_penalised_loss() -> None:
    """The loss is strictly convex: flat in every coordinate means the minimum."""
    sample = draw(600)
    cal = fit_calibration(sample)
    best = penalised_loss(sample, cal)
    for up, down in zip(nudges(cal, 1e-3), nudges(cal, -1e-3), strict=True):
        higher, lower = penalised_loss(sample, up), penalised_loss(sample, down)
        assert higher > best
        assert lower > best
        assert (higher - lower) / 2e-3 == pytest.approx(0.0, abs=1e-4)


def test_it_finds_the_rules_that_pay() -> None:
    cal = fit_calibration(draw(6000))
    values = [expected_value(cal.predict(0.62, f"rule{i}", "trend")) for i in range(3)]
    assert values[0] > 0.2 > values[2] > values[1]
    assert values[1] < -0.2
    assert cal.predict(0.75, "rule0", "trend") > cal.predict(0.55, "rule0", "trend")


def test_without_data_it_is_the_prior() -> None:
    cal = fit_calibration(CalibrationSample.from_rows([]))
    assert (cal.matured, cal.a, cal.b) == (0, 0.0, 0.5)
    assert not cal.ready
    assert cal.predict(0.60, "any", "trend") == pytest.approx(0.5)


def test_events_of_60_days_and_more_are_forgotten() -> None:
    sample = draw(500)
    young = sample.age_days < 60
    kept = CalibrationSample(
        sample.rules,
        sample.confidence[young],
        sample.rule[young],
        sample.regime[young],
        sample.r[young],
        sample.age_days[young],
    )
    assert fit_calibration(sample) == fit_calibration(kept)
    assert fit_calibration(sample).matured == young.sum()


def test_a_newer_event_weighs_more() -> None:
    wins = [CalibrationRow(0.6, "r", "trend", 1.45, 0.0)] * 60
    losses = [CalibrationRow(0.6, "r", "trend", -1.05, 20.0)] * 60
    cal = fit_calibration(CalibrationSample.from_rows(wins + losses))
    # weights 1 : 1/2, so two wins for each loss; a is not penalised and takes all of it
    assert cal.predict(0.6, "r", "trend") == pytest.approx(2 / 3, abs=1e-6)


@pytest.mark.parametrize("r", [-1.05, 1.45])
def test_one_sided_outcomes_converge(r: float) -> None:
    rows = [CalibrationRow(0.6, "r", "trend", r, 0.0)] * 150
    p = fit_calibration(CalibrationSample.from_rows(rows)).predict(0.6, "r", "trend")
    assert abs(p - (r > 0)) < 1e-6


def test_confidence_at_the_edges_is_held() -> None:
    rows = [
        CalibrationRow(conf, "r", "range", r, 1.0) for conf in (0.0, 1.0) for r in (-1.05, 1.45)
    ]
    cal = fit_calibration(CalibrationSample.from_rows(rows * 30))
    assert 0 < cal.predict(0.0, "r", "range") < 1
    assert 0 < cal.predict(1.0, "r", "range") < 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 300))
def test_same_rows_same_bytes_in_any_order(seed: int, n: int) -> None:
    sample = draw(n, seed=seed)
    order = np.random.default_rng(seed).permutation(n)
    shuffled = CalibrationSample(
        sample.rules,
        sample.confidence[order],
        sample.rule[order],
        sample.regime[order],
        sample.r[order],
        sample.age_days[order],
    )
    found = json.dumps(fit_calibration(sample).to_json(), sort_keys=True)
    assert json.dumps(fit_calibration(sample).to_json(), sort_keys=True) == found
    assert json.dumps(fit_calibration(shuffled).to_json(), sort_keys=True) == found


def test_json_both_ways() -> None:
    cal = fit_calibration(draw(300))
    assert Calibration.from_json(json.loads(json.dumps(cal.to_json()))) == cal


@pytest.mark.parametrize(
    ("change", "message"),
    [({"version": "cal-v0"}, "version"), ({"a": None}, "stored"), ({"rules": []}, "stored")],
)
def test_a_foreign_json_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        Calibration.from_json({**fit_calibration(draw(50)).to_json(), **change})


@pytest.mark.parametrize(
    ("name", "value"),
    [("confidence", 1.2), ("confidence", float("nan")), ("r", float("inf")), ("age_days", -1.0)],
)
def test_a_bad_column_is_named(name: str, value: float) -> None:
    change: dict[str, Any] = {name: value}
    row = CalibrationRow(0.6, "r", "trend", 0.0, 0.0)._replace(**change)
    with pytest.raises(CalibrationError, match=name):
        CalibrationSample.from_rows([row])


def test_an_unknown_regime_is_named() -> None:
    row = CalibrationRow(0.6, "r", "sideways", 0.0, 0.0)  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="sideways"):
        CalibrationSample.from_rows([row])


def test_ragged_columns_are_refused() -> None:
    sample = draw(10)
    with pytest.raises(CalibrationError, match="age_days: shape"):
        replace(sample, age_days=sample.age_days[:5])


def test_a_rule_it_has_not_seen_has_no_offset() -> None:
    cal = fit_calibration(draw(300))
    expected = sigmoid(cal.a + cal.b * (logit(0.7) - logit(0.6)))
    assert cal.predict(0.7, "new", "trend") == pytest.approx(expected)


def test_expected_value_of_the_break_even_rate_is_zero() -> None:
    assert expected_value(0.42) == pytest.approx(0.0, abs=1e-12)
    assert expected_value(1.0) == pytest.approx(1.45)
    assert expected_value(0.0) == pytest.approx(-1.05)
