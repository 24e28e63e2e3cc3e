"""The corpus proves that it bites: faults planted into the rules and the bars are noticed."""

from __future__ import annotations

import pytest

from coach.engine.ruleset import CORE_RULES
from golden import mutation
from golden.fixture import CASES, read, read_all
from golden.mutants import code_mutants


@pytest.mark.parametrize("rule_id", CORE_RULES)
def test_the_corpus_kills_what_a_case_must_kill(rule_id: str) -> None:
    cases = [each for each in read_all() if each.rule_id == rule_id and each.expected.passes]
    report = mutation.measure(rule_id, cases)
    assert report.enough, str(report)


def test_every_mutant_changes_the_rule_in_one_place() -> None:
    sources = [mutant.source for mutant in code_mutants(mutation.rule_source("ema_cross"))]
    assert len(set(sources)) == len(sources) > 20


def test_one_case_alone_says_which_mutants_survive() -> None:
    report = mutation.measure("vwap_reclaim", [read(CASES / "vwap_reclaim_tie.json")])
    assert report.killed + len(report.survivors) == report.of
    assert "survived" in str(report)
