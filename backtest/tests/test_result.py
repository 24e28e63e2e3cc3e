"""The result: its shape, its bytes, and a proof that can fail."""

import datetime as dt
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from backtest.cells import figures
from backtest.document import digest, metrics, result_bytes, result_document
from backtest.engine import Evaluation, threads
from backtest.packing import table_of
from backtest.proof import proof
from backtest.tests.factories import evaluation_from, make_bars
from coach.engine.bars import Bars
from coach.engine.outcome import Status

START, END = dt.date(2024, 3, 20), dt.date(2024, 4, 10)


@pytest.fixture(scope="module")
def evaluation(six_weeks: Bars) -> Evaluation:
    return evaluation_from(six_weeks, START, END)


def test_equal_runs_are_equal_bytes(evaluation: Evaluation, six_weeks: Bars) -> None:
    one = result_bytes(evaluation)
    with threads(4) as pool:
        other = result_bytes(evaluation_from(six_weeks, START, END, workers=4), pool=pool)
    assert one == other
    whole = json.loads(one)
    assert list(whole) == sorted(whole)
    assert json.dumps(whole, sort_keys=True)  # every number is one that JSON has


def test_it_has_the_promised_shape(evaluation: Evaluation) -> None:
    whole = result_document(evaluation)
    assert {"bars", "triggers", "metrics", "proof"} <= whole.keys()
    assert whole["bars"] == len(evaluation.market)
    keys = {"ruleId", "seq", "direction", "confidence", "ts", "regime", "warm", "outcome"}
    assert all(row.keys() == keys for row in whole["triggers"])
    assert {"prefix", "window", "warmup"} == whole["proof"].keys()
    assert {"avgHoldBars", "triggersPerDay", "regimeBreakdown", "perRule"} <= whole[
        "metrics"
    ].keys()


def test_rows_say_what_the_records_say(evaluation: Evaluation) -> None:
    rule_ids = [each.rule_id for each in evaluation.ruleset.rules]
    rows = table_of(evaluation).rows()
    for row, trigger, outcome in zip(rows, evaluation.triggers, evaluation.outcomes, strict=True):
        assert row["ruleId"] == rule_ids[trigger["rule"]]
        assert (row["seq"], row["ts"]) == (trigger["seq"], trigger["ts"])
        assert row["seq"] == row["ts"] // 60_000
        assert row["confidence"] == trigger["confidence"]
        if outcome["status"] == Status.NONE:
            assert row["outcome"] is None
        elif outcome["status"] == Status.CLOSED:
            assert row["outcome"]["r"] == pytest.approx(outcome["r"], abs=1e-6)
            assert row["outcome"]["exitTs"] == outcome["exit_ts"]


def test_metrics_add_up(evaluation: Evaluation) -> None:
    found = metrics(evaluation)
    closed = [float(r) for r in evaluation.outcomes["r"][evaluation.counted]]
    mean = math.fsum(min(max(r, -2.0), 4.0) for r in closed) / len(closed)
    assert found["expectancy"]["value"] == pytest.approx(mean, abs=1e-6)
    assert found["expectancy"]["low"] < mean < found["expectancy"]["high"]
    sessions = len(set(evaluation.market.session_days))
    assert found["sessions"] == sessions
    assert found["triggersPerDay"] == pytest.approx(len(evaluation) / sessions, abs=1e-6)
    for parts in (found["perRule"], found["regimeBreakdown"]):
        assert sum(part["triggers"] for part in parts.values()) == len(evaluation)
        assert sum(part["totalR"] for part in parts.values()) == pytest.approx(found["totalR"])
    assert sum(part["share"] for part in found["regimeBreakdown"].values()) == pytest.approx(1)
    assert found["equity"]["curve"][-1][1] == found["equity"]["totalR"]
    assert found["equity"]["totalR"] == pytest.approx(math.fsum(closed), abs=1e-3)
    good, bad = found["autoWinrate"]["good"], found["autoWinrate"]["bad"]
    assert found["autoWinrate"]["value"] == pytest.approx(good / (good + bad), abs=1e-6)


def test_a_small_group_says_too_few(evaluation: Evaluation) -> None:
    few = np.zeros(len(evaluation), bool)
    few[np.flatnonzero(evaluation.counted)[:19]] = True
    assert figures(evaluation, few)["tooFew"] is True
    few[np.flatnonzero(evaluation.counted)[19]] = True
    assert figures(evaluation, few)["tooFew"] is False


def test_a_run_without_bars_has_a_result(six_weeks: Bars) -> None:
    empty = evaluation_from(six_weeks, dt.date(2024, 3, 23), dt.date(2024, 3, 25))
    whole = json.loads(result_bytes(empty))
    assert whole["bars"] == 0
    assert whole["triggers"] == []
    assert whole["metrics"]["triggersPerDay"] is None
    assert whole["proof"]["prefix"]["ok"] is True


def test_an_honest_run_passes_its_own_proof(evaluation: Evaluation) -> None:
    found = proof(evaluation)
    assert found["prefix"]["ok"] is True
    assert (found["prefix"]["triggers"], found["prefix"]["silences"]) == (16, 16)
    assert found["window"]["ok"] is True
    assert len(found["window"]["windows"]) == 3
    assert found["warmup"]["warm"] is True
    assert (
        found["warmup"]["withoutWarmup"]["missing"] + found["warmup"]["withoutWarmup"]["added"] > 0
    )


def test_a_run_whose_anchor_is_a_holiday_passes_as_well() -> None:
    """The block of September 8 is scanned from Labor Day on, which has no bars."""
    bars = make_bars(dt.date(2025, 8, 1), dt.date(2025, 9, 16))
    run = evaluation_from(bars, dt.date(2025, 9, 8), dt.date(2025, 9, 16))
    assert proof(run)["window"]["ok"] is True


def test_cold_data_say_so(six_weeks: Bars) -> None:
    found = proof(evaluation_from(six_weeks, dt.date(2024, 3, 4), END))["warmup"]
    assert found["warm"] is False
    assert found["coldTriggers"] > 0


def test_the_proof_fails_where_one_confidence_was_touched(evaluation: Evaluation) -> None:
    touched = evaluation.triggers.copy()
    touched["confidence"] += 1e-9
    found = proof(replace(evaluation, triggers=touched))
    assert found["prefix"]["ok"] is False
    assert len(found["prefix"]["failedSeqs"]) == found["prefix"]["triggers"]
    assert found["window"]["ok"] is False


def test_the_proof_fails_where_a_trigger_was_left_out(evaluation: Evaluation) -> None:
    kept = np.arange(len(evaluation)) % 2 == 0
    names = ("triggers", "outcomes", "positions", "counted", "clipped")
    less = replace(evaluation, **{name: getattr(evaluation, name)[kept] for name in names})
    assert proof(less)["window"]["ok"] is False


def test_the_digest_covers_triggers_that_are_not_shown(evaluation: Evaluation) -> None:
    before = digest(evaluation.triggers, evaluation.outcomes)
    touched = evaluation.outcomes.copy()
    touched["r"][np.flatnonzero(evaluation.counted)[-1]] += 1.0
    assert digest(evaluation.triggers, touched) != before
