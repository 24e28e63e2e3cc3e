"""Choosing rules: specifications in, one validated and compiled-ready rule set out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coach.engine.definition import Problem, Rule, RulesRefusedError
from coach.engine.layout import RecordArray, timeframe_ms
from coach.engine.registry import PARAMS, RULES

CORE_RULES = ("ema_cross", "ltp_breakout", "vwap_reclaim")


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule and the parameters that differ from its defaults."""

    rule_id: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChosenRule:
    """A rule of a rule set with every parameter filled in."""

    rule_id: str
    version: int
    params: Mapping[str, int | float]

    @property
    def rule(self) -> Rule:
        """Its definition."""
        return RULES[self.rule_id]


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Rules ready to run on one timeframe, sorted by id; triggers name the position."""

    timeframe: str
    timeframe_ms: int
    rules: tuple[ChosenRule, ...]
    params: RecordArray

    def identity(self) -> list[dict[str, Any]]:
        """What a run's identity says about its rules: ids, versions and every parameter."""
        return [
            {"ruleId": each.rule_id, "version": each.version, "params": dict(each.params)}
            for each in self.rules
        ]


def compile_rules(specs: Iterable[RuleSpec | str], *, timeframe: str = "1m") -> RuleSet:
    """Validate rules and parameters for a timeframe.

    A rule may appear once; variants of one rule are runs of their own.

    Raises:
        RulesRefusedError: names each rule, parameter and bound that is violated.
        ValueError: the timeframe is unknown.
    """
    milliseconds = timeframe_ms(timeframe)
    wanted = [RuleSpec(spec) if isinstance(spec, str) else spec for spec in specs]
    problems = _problems(wanted, timeframe)
    if problems:
        raise RulesRefusedError(problems)
    chosen = tuple(_chosen(spec) for spec in sorted(wanted, key=lambda spec: spec.rule_id))
    return RuleSet(timeframe, milliseconds, chosen, _params(chosen, milliseconds))


def _problems(specs: list[RuleSpec], timeframe: str) -> tuple[Problem, ...]:
    found: list[Problem] = []
    seen: set[str] = set()
    if not specs:
        found.append(Problem("", None, "no rules were given"))
    for spec in specs:
        rule = RULES.get(spec.rule_id)
        if rule is None:
            known = ", ".join(RULES)
            message = f"rule {spec.rule_id!r} is unknown (there are {known})"
            found.append(Problem(spec.rule_id, None, message))
            continue
        if spec.rule_id in seen:
            found.append(Problem(spec.rule_id, None, f"rule {spec.rule_id} is given twice"))
        seen.add(spec.rule_id)
        found.extend(rule.problems(dict(spec.params), timeframe))
    return tuple(found)


def _chosen(spec: RuleSpec) -> ChosenRule:
    rule = RULES[spec.rule_id]
    given = {**rule.defaults, **spec.params}
    params = {
        each.name: int(given[each.name]) if each.whole else float(given[each.name])
        for each in rule.parameters
    }
    return ChosenRule(rule.rule_id, rule.version, params)


def _params(chosen: tuple[ChosenRule, ...], milliseconds: int) -> RecordArray:
    params = np.zeros(1, PARAMS)
    record = params[0]
    record["timeframe_ms"] = milliseconds
    for rule_id in RULES:
        record[f"{rule_id}_slot"] = -1
    for position, each in enumerate(chosen):
        record[f"{each.rule_id}_slot"] = position
        for parameter in each.rule.parameters:
            record[each.rule_id][parameter.field] = each.params[parameter.name]
    return params
