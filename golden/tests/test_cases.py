"""Every golden case through every driver of the evaluator, and what the corpus must contain."""

from __future__ import annotations

import pytest

from coach.engine.ruleset import CORE_RULES
from golden.fixture import CASES, Fixture, read, read_all
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
    fired = {trigger.direction for each in cases for trigger in each.expected.triggers}
    assert fired == {"long", "short"}
    assert all(each.expected.silent for each in cases)
    assert any("half_day" in each.name for each in cases)
    assert any(each.name.endswith("_tie") for each in cases)


def test_every_kind_of_bad_bar_has_a_case(corpus: list[Fixture]) -> None:
    refused = {r.field for each in corpus for r in each.expected.refusals}
    assert refused == {"ts", "open", "high", "low", "close", "volume", "vwap"}
