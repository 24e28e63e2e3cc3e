"""What a rule set accepts and refuses, and what rules say of themselves."""

import json
import math
from typing import Any

import pytest

from coach.engine.definition import RulesRefusedError
from coach.engine.kernel import new_state, scan
from coach.engine.registry import RULES
from coach.engine.ruleset import CORE_RULES, RuleSpec, compile_rules
from coach.engine.tests.synthetic import Market, make_bars
from coach.engine.triggers import read

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("ema_cross", {"fast": 50}, "ema_cross: fast must be below slow, got 50 and 50"),
    ("ema_cross", {"slow": 391}, "ema_cross: slow must be at most 390, got 391"),
    ("ema_cross", {"fast": 20.5}, "ema_cross: fast must be a whole number, got 20.5"),
    ("ema_cross", {"fast": True}, "ema_cross: fast must be a number, got True"),
    ("ema_cross", {"fast": "9"}, "ema_cross: fast must be a number, got '9'"),
    ("ema_cross", {"fast": None}, "ema_cross: fast must be a number, got None"),
    ("ema_cross", {"Fast": 9}, "ema_cross: has no parameter 'Fast' (it has fast, slow)"),
    ("ltp_breakout", {"lookback": 1}, "ltp_breakout: lookback must be at least 2, got 1"),
    ("ltp_breakout", {"bufferAtr": -0.1}, "ltp_breakout: bufferAtr must be at least 0.0, got -0.1"),
    ("ltp_breakout", {"bufferAtr": math.nan}, "ltp_breakout: bufferAtr must be finite, got nan"),
    ("vwap_reclaim", {"minBars": 0}, "vwap_reclaim: minBars must be at least 1, got 0"),
    ("rsi_reversal", {"oversold": 70}, "rsi_reversal: oversold must be below overbought"),
]


@pytest.mark.parametrize(("rule_id", "params", "message"), REFUSED)
def test_out_of_bounds(rule_id: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(RulesRefusedError) as refused:
        compile_rules([RuleSpec(rule_id, params)])
    (problem,) = refused.value.problems
    assert problem.message.startswith(message)
    assert problem.rule_id == rule_id


def test_every_problem_is_named_at_once() -> None:
    specs: list[RuleSpec | str] = [
        RuleSpec("ltp_breakout", {"lookback": 500, "x": 1}),
        "nope",
        "ema_cross",
        "ema_cross",
    ]
    with pytest.raises(RulesRefusedError) as refused:
        compile_rules(specs)
    assert [problem.message.split(" (")[0] for problem in refused.value.problems] == [
        "ltp_breakout: has no parameter 'x'",
        "ltp_breakout: lookback must be at most 390, got 500",
        "rule 'nope' is unknown",
        "rule ema_cross is given twice",
    ]
    assert [problem.parameter for problem in refused.value.problems] == [
        "x",
        "lookback",
        None,
        None,
    ]


def test_no_rules_and_no_such_timeframe() -> None:
    with pytest.raises(RulesRefusedError, match="no rules were given"):
        compile_rules([])
    with pytest.raises(ValueError, match="timeframe '7m' is not one of 1m, 5m, 15m, 1h, 1d"):
        compile_rules(CORE_RULES, timeframe="7m")


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_session_rules_are_refused_on_1d(rule_id: str) -> None:
    if RULES[rule_id].session_rule:
        with pytest.raises(RulesRefusedError, match="below 1d") as refused:
            compile_rules([rule_id], timeframe="1d")
        assert refused.value.problems[0].parameter == "timeframe"
    else:
        assert compile_rules([rule_id], timeframe="1d").timeframe_ms == 86_400_000


def test_whole_numbers_may_come_as_floats() -> None:
    assert compile_rules([RuleSpec("ema_cross", {"fast": 9.0})]).rules[0].params["fast"] == 9


def test_the_order_of_specs_does_not_matter() -> None:
    specs: list[RuleSpec | str] = [
        RuleSpec("ema_cross", {"fast": 5, "slow": 9}),
        "vwap_reclaim",
        "ltp_breakout",
    ]
    bars = make_bars(Market(seed=3))
    first, second = (compile_rules(each) for each in (specs, specs[::-1]))
    assert first.identity() == second.identity()
    assert scan(bars, first, new_state()).tobytes() == scan(bars, second, new_state()).tobytes()


def test_rules_in_company_fire_as_they_do_alone() -> None:
    bars = make_bars(Market(seed=3, sessions=6))
    together = list(read(scan(bars, compile_rules(RULES), new_state()), compile_rules(RULES)))
    for rule_id in RULES:
        alone = compile_rules([rule_id])
        fired = list(read(scan(bars, alone, new_state()), alone))
        assert fired == [trigger for trigger in together if trigger.rule_id == rule_id]


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_what_a_rule_says_of_itself(rule_id: str) -> None:
    rule = RULES[rule_id]
    schema = json.loads(json.dumps(rule.schema()))
    assert schema["additionalProperties"] is False
    assert {name: each["default"] for name, each in schema["properties"].items()} == rule.defaults
    for each in schema["properties"].values():
        assert each["title"]
        assert each["description"]
        assert each["minimum"] <= each["default"] <= each["maximum"]
    assert rule.version >= 1
    assert rule.problems({}, "1m") == ()
    for template in (rule.why_long, rule.why_short):
        assert "{" not in template.format(close=1, level=2, **rule.defaults)


def test_a_trigger_in_words() -> None:
    bars = make_bars(Market(seed=3))
    rules = compile_rules(["ltp_breakout"])
    trigger = next(read(scan(bars, rules, new_state()), rules))
    assert trigger.why == f"Closed {trigger.close:.7g}, above the 20-bar high {trigger.level:.7g}"
    assert trigger.seq == trigger.ts // 60_000
    assert trigger.regime.split("/")[0] in {"trend", "range"}
    assert trigger.explain().confidence == trigger.confidence
