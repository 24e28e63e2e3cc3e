"""Every golden case through every driver of the evaluator, and what the corpus must contain."""

from __future__ import annotations

import re

import pytest

from coach.engine.registry import RULES
from coach.engine.ruleset import CORE_RULES
from golden.fixture import BAR_COLUMNS, CASES, Fixture, read, read_all
from golden.runner import check

NAMES = sorted(path.stem for path in CASES.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    differences = check(read(CASES / f"{name}.json"))
    assert not differences, "\n".join(map(str, differences))


@pytest.fixture(scope="module")
def corpus() -> list[Fixture]:
    return read_all()


@pytest.mark.parametrize("rule_id", CORE_RULES)
def test_a_core_rule_has_both_directions_silences_a_boundary_and_a_tie(
    rule_id: str, corpus: list[Fixture]
) -> None:
    cases = [each for each in corpus if each.rule_id == rule_id and each.expected.passes]
    for direction in ("long", "short"):
        assert any(each.name == f"{rule_id}_{direction}" for each in cases)
    fired = {trigger.direction for each in cases for trigger in each.expected.triggers}
    assert fired == {"long", "short"}
    assert all(each.expected.silent for each in cases)
    for boundary in ("half_day", "session_open", "crypto_midnight"):
        assert any(each.name == f"{rule_id}_{boundary}" for each in cases)
    assert any("_tie" in each.name for each in cases)


@pytest.mark.parametrize("rule_id", RULES)
def test_a_case_of_every_rule_leaves_its_parameters_to_the_rule(
    rule_id: str, corpus: list[Fixture]
) -> None:
    cases = [each for each in corpus if each.rule_id == rule_id and each.expected.passes]
    assert any(not each.params and each.expected.triggers for each in cases)


KINDS = {
    *(f"{price} N is not finite" for price in ("high", "close", "volume", "vwap")),
    "low N is not above N",
    "vwap N is not above N",
    "low N < N",
    "high N > N",
    "vwap N > N",
    "high N < low N",
    "open N is outside [N, N]",
    "close N is outside [N, N]",
    "volume N is negative",
    "volume N > N",
    "ts N is not a whole number of milliseconds",
    "ts N is off the Nm grid",
    "ts N is a duplicate",
    "ts N is below the largest accepted ts N",
}


def test_every_kind_of_bad_bar_has_a_case(corpus: list[Fixture]) -> None:
    refusals = [refusal for each in corpus for refusal in each.expected.refusals]
    number = r"-?(\d[\d.]*(e[+-]?\d+)?|nan|inf)"
    assert {re.sub(number, "N", each.reason) for each in refusals} == KINDS
    assert {each.field for each in refusals} == set(BAR_COLUMNS)
