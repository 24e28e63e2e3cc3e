"""Kill and revive: the worked numbers, the order of maturity, and what the promise costs."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.killswitch import KillEntry, KillState, passes_value_gate, run, step

LOSS, WIN = -1.05, 1.45


def entry(i: int, r: float, *, fired: int | None = None) -> KillEntry:
    return KillEntry(
        matured_ms=1000 * i,
        fired_ms=1000 * i - 1 if fired is None else fired,
        event=("SPY", "1m", i),
        r=r,
    )


def test_worked_example() -> None:
    states = itertools.accumulate(
        (entry(i, r) for i, r in enumerate([LOSS, LOSS, WIN, LOSS])), step, initial=KillState()
    )
    found = [state.against for state in states][1:]
    assert found == pytest.approx([1.2625, 1.593906, 1.016115, 1.282845], abs=1e-6)


def losing(count: int, start: int = 0) -> list[KillEntry]:
    return [entry(start + i, LOSS) for i in range(count)]


def test_a_rule_that_only_loses_is_killed_at_200_to_1() -> None:
    # 1.2625^22 = 168.8, 1.2625^23 = 212.97
    assert not run(losing(22)).killed
    state = run(losing(23))
    assert state.killed
    assert state.against == pytest.approx(1.2625**23)
    assert state.back == 1.0
    assert state.killed_ms == 22_000
    assert state.sentence.startswith(
        "evidence 212 : 1 against this rule since its best moment (back at 50 : 1"
    )


def test_a_killed_rule_that_wins_again_comes_back_on_probation() -> None:
    killed = run(losing(23))
    wins = [entry(100 + i, WIN) for i in range(13)]  # 1.3625^12 = 40.9, 1.3625^13 = 55.8
    assert run(wins[:12], killed).killed
    back = run(wins, killed)
    assert back.status == "probation"
    assert back.against == 1.0
    assert back.revived_ms == 112_000
    assert back.sentence.startswith("on probation")


def test_what_fired_before_the_kill_does_not_help_it_back() -> None:
    killed = run(losing(23))
    before = [entry(100 + i, WIN, fired=0) for i in range(40)]
    assert run(before, killed) == killed


def test_a_rule_on_probation_can_be_killed_again() -> None:
    back = run([entry(100 + i, WIN) for i in range(13)], run(losing(23)))
    assert run(losing(23, start=200), back).killed


def test_r_is_clipped_to_one_and_a_half() -> None:
    assert run([entry(0, -9.0)]).against == pytest.approx(1.375)
    assert run([entry(0, 9.0)]).against == pytest.approx(0.625)


@given(st.permutations([entry(i, r) for i, r in enumerate([LOSS, WIN, LOSS, LOSS, -0.3, 2.0])]))
def test_maturity_gives_the_order_and_an_event_counts_once(entries: list[KillEntry]) -> None:
    ordered = run(sorted(entries))
    assert run(entries) == ordered
    assert run([*entries, *entries[:3]]) == ordered


def test_an_infinite_r_is_refused() -> None:
    with pytest.raises(ValueError, match="r: inf"):
        entry(0, float("inf"))


@pytest.mark.parametrize(
    ("ev", "price", "passes"),
    [(0.0, 0.0, True), (-0.01, -1.0, False), (0.1, 0.1, True), (0.1, 0.2, False)],
)
def test_the_value_gate(ev: float, price: float, *, passes: bool) -> None:
    assert passes_value_gate(ev, price) is passes


def test_a_break_even_rule_is_killed_within_500_signals_in_about_8_percent() -> None:
    """The price of restarting at the best moment, by simulation with a fixed seed."""
    rng = np.random.default_rng(20240312)
    wins = rng.random((2000, 500)) < 0.42
    killed = sum(
        run(entry(i, WIN if won else LOSS) for i, won in enumerate(path)).killed_ms is not None
        for path in wins[:400]
    )
    factors = np.where(wins, 1 - 0.25 * WIN, 1 - 0.25 * LOSS)
    against = np.ones(len(wins))
    dead = np.zeros(len(wins), dtype=bool)
    for column in factors.T:
        against = np.maximum(against, 1.0) * column
        dead |= against >= 200
    assert killed == dead[:400].sum()
    assert dead.mean() == pytest.approx(0.08, abs=0.015)
