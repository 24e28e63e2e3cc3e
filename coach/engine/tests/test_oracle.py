"""The compiled evaluator against a plain Python reading of its definitions."""

import math

import numpy as np
import pytest
import talib
from hypothesis import given, settings

from coach.engine.bars import Bar, Bars
from coach.engine.kernel import new_state, scan, scan_indicators
from coach.engine.layout import Trend, Volatility
from coach.engine.registry import RULES
from coach.engine.ruleset import RuleSpec, compile_rules
from coach.engine.tests import oracle
from coach.engine.tests.synthetic import Market, make_bars, markets

ALL_DEFAULT = {rule_id: dict(rule.defaults) for rule_id, rule in RULES.items()}
UNUSUAL: dict[str, dict[str, float]] = {
    "ema_cross": {"fast": 3, "slow": 7},
    "ltp_breakout": {"lookback": 5, "bufferAtr": 0.3},
    "opening_range_breakout": {"rangeMinutes": 10, "bufferAtr": 0.1},
    "prior_day_break": {"bufferAtr": 0.0},
    "rsi_reversal": {"period": 5, "oversold": 40.0, "overbought": 60.0},
    "volume_spike": {"lookback": 4, "multiple": 1.5, "bodyAtr": 0.0},
    "vwap_reclaim": {"minBars": 1, "bufferAtr": 0.0, "skipBars": 0},
}


def as_list(bars: Bars) -> list[Bar]:
    """Bars as single ones."""
    return [bars.bar(i) for i in range(len(bars))]


def assert_agrees(bars: Bars, rules: dict[str, dict[str, float]]) -> int:
    """The engine and the oracle say the same; returns how many triggers they agreed on."""
    ruleset = compile_rules([RuleSpec(rule_id, params) for rule_id, params in rules.items()])
    triggers = scan(bars, ruleset, new_state())
    expected = oracle.scan(as_list(bars), rules)
    got = [(int(t["seq"]), ruleset.rules[t["rule"]].rule_id, int(t["direction"])) for t in triggers]
    assert got == [(each.seq, each.rule_id, each.direction) for each in expected]
    for t, each in zip(triggers, expected, strict=True):
        assert abs(t["confidence"] - each.confidence) <= 1e-9
        assert math.isclose(t["level"], each.level, rel_tol=1e-12)
        assert Trend(t["trend"]).name.lower() == each.trend
        assert Volatility(t["volatility"]).name.lower() == each.volatility
    return len(expected)


@settings(max_examples=40, deadline=None)
@given(markets())
def test_default_rules(market: Market) -> None:
    assert_agrees(make_bars(market), ALL_DEFAULT)


@settings(max_examples=40, deadline=None)
@given(markets())
def test_unusual_parameters(market: Market) -> None:
    assert_agrees(make_bars(market), UNUSUAL)


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_every_rule_fires_both_ways_and_agrees(rule_id: str) -> None:
    bars = make_bars(Market(seed=7, sessions=8, minutes=200))
    rules = {rule_id: UNUSUAL[rule_id]}
    assert assert_agrees(bars, rules) >= 4
    fired = oracle.scan(as_list(bars), rules)
    assert {each.direction for each in fired} == {1, -1}


def test_every_regime_is_seen_and_agrees() -> None:
    bars = make_bars(Market(seed=3, sessions=6, minutes=240, sigma=3e-3))
    calm = np.arange(len(bars)) // 300 % 2 == 0
    factor = np.where(calm, 0.2, 1.0)
    middle = bars.close
    quiet = Bars(
        bars.ts,
        middle + (bars.open - middle) * factor,
        middle + (bars.high - middle) * factor,
        middle + (bars.low - middle) * factor,
        *bars.columns[4:],
    )
    assert assert_agrees(quiet, ALL_DEFAULT) > 50
    series = oracle.Series(as_list(quiet))
    seen = {half for pair in series.regime for half in pair}
    assert seen == {"unknown", "range", "trend", "low", "normal", "high"}


def test_indicators_are_talibs() -> None:
    bars = make_bars(Market(seed=11, sessions=3, minutes=150))
    ema20, ema50, vwap, atr = scan_indicators(bars)
    for got, expected in (
        (ema20, talib.EMA(bars.close, 20)),
        (ema50, talib.EMA(bars.close, 50)),
        (atr, talib.ATR(bars.high, bars.low, bars.close, 14)),
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert np.isfinite(vwap[200])


@pytest.mark.parametrize("period", [2, 14, 50])
def test_the_oracles_indicators_are_talibs(period: int) -> None:
    bars = make_bars(Market(seed=12, sessions=3, minutes=150))
    single = as_list(bars)
    closes = [bar.close for bar in single]
    np.testing.assert_allclose(oracle.ema(closes, period), talib.EMA(bars.close, period))
    np.testing.assert_allclose(oracle.rsi(closes, period), talib.RSI(bars.close, period))
    atr = talib.ATR(bars.high, bars.low, bars.close, period)
    np.testing.assert_allclose(oracle.wilder(oracle.true_ranges(single), period), atr)


def test_an_ema_of_390_and_a_flat_market() -> None:
    bars = make_bars(Market(seed=5, sessions=4, minutes=300, flat=0.9))
    assert_agrees(bars, {"ema_cross": {"fast": 50, "slow": 390}})
    flat = make_bars(Market(seed=5, sessions=2, minutes=60, sigma=0.0))
    assert assert_agrees(flat, ALL_DEFAULT) == 0
