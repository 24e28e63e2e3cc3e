"""The corpus proves that it bites: faults planted into the rules and the bars are noticed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pytest

from coach.engine.registry import RULES
from golden import mutation
from golden.equivalents import EQUIVALENTS, Equivalent
from golden.fixture import CASES, Fixture, read
from golden.mutants import CodeMutant, bar_mutants, code_mutants
from golden.runner import check


@cache
def planted(rule_id: str) -> list[CodeMutant]:
    return code_mutants(mutation.rule_source(rule_id))


@pytest.mark.parametrize("rule_id", RULES)
def test_the_corpus_kills_nine_in_ten_mutants_of_every_rule(
    rule_id: str, record_property: Callable[[str, object], None]
) -> None:
    report = mutation.measure_corpus(rule_id)
    record_property("kill_rate", f"{report.killed} of {report.of}")
    assert report.rate >= mutation.CORPUS_RATE, str(report)
    assert report.bars_killed == report.bars_of, str(report)
    assert report.of + report.equivalent == len(planted(rule_id))


def test_every_mutant_changes_the_rule_in_one_place() -> None:
    sources = [mutant.source for mutant in planted("ema_cross")]
    assert len(set(sources)) == len(sources) > 20


def test_defaults_are_mutated_too() -> None:
    changes = {mutant.change for mutant in planted("ema_cross")}
    assert {"default of fast: 20 → 21", "default of slow: 50 → 51"} <= changes


@pytest.mark.parametrize("excused", EQUIVALENTS, ids=lambda e: f"{e.rule_id}: {e.change}")
def test_an_excused_mutant_is_still_there_and_says_why(excused: Equivalent) -> None:
    assert any(excused.covers(excused.rule_id, mutant) for mutant in planted(excused.rule_id))
    assert len(excused.reason) > 20


def test_few_mutants_are_excused() -> None:
    of = sum(len(planted(rule_id)) for rule_id in RULES)
    assert len(EQUIVALENTS) < 0.05 * of


def test_one_case_alone_says_which_mutants_survive() -> None:
    report = mutation.measure("vwap_reclaim", [read(CASES / "vwap_reclaim_tie.json")])
    assert report.killed + len(report.survivors) == report.of
    assert all(re.match(r"line \d+: ", each) for each in report.survivors)
    assert "survived" in str(report)


def vwap_case() -> Fixture:
    return read(CASES / "vwap_reclaim_vendor_vwap.json")


def test_bars_with_a_vwap_are_spoilt_like_others() -> None:
    mutants = bar_mutants(vwap_case())
    assert {len(row) for mutant in mutants for row in mutant.fixture.bars} == {7}
    assert all(check(mutant.fixture) for mutant in mutants)


def test_the_seventh_column_decides() -> None:
    fixture = vwap_case()
    without = fixture.model_copy(update={"bars": tuple(row[:6] for row in fixture.bars)})
    assert check(fixture) == []
    assert check(without) != []
