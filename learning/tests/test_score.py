"""The score: the worked examples, and the properties that every consumer relies on."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.score import NO_COUNTS, Counts, blend, explain_score, half, score

SLACK = 1e-12


@pytest.mark.parametrize(
    ("own7", "own30", "expected"),
    [
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),
        ((0, 1, 0, 0), (0, 1, 0, 0), -0.0430),
        ((0, 3, 0, 0), (0, 3, 0, 0), -0.2573),
        ((5, 0, 0, 0), (5, 0, 0, 0), 0.4744),
        ((6, 2, 10, 3), (24, 8, 40, 12), 0.7748),
        ((2, 6, 10, -3), (10, 22, 40, -10), -0.5991),
        ((1, 7, 12, -6), (26, 12, 60, 9), -0.9290),
        ((8, 2, 12, -3), (30, 10, 48, -12), 0.2608),
        ((0, 0, 10, 2.5), (0, 0, 40, 10), 0.2335),
    ],
)
def test_worked_examples(
    own7: tuple[float, ...], own30: tuple[float, ...], expected: float
) -> None:
    assert score(Counts(*own7), Counts(*own30)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("good", "bad", "m", "expected"), [(10, 20, 0.4, -0.1287)])
def test_the_others_speak_where_the_user_is_silent(
    good: int, bad: int, m: float, expected: float
) -> None:
    others = Counts(good=good, bad=bad)
    found = explain_score(NO_COUNTS, NO_COUNTS, others, others)
    assert found.blended.m == pytest.approx(m)
    assert found.score == pytest.approx(expected, abs=1e-4)


def test_the_others_speak_for_a_rule_too() -> None:
    others = Counts(good=16, bad=4)  # (16 + 10)/(20 + 20) = 0.65
    found = explain_score(NO_COUNTS, NO_COUNTS, others, others)
    assert found.blended.m == pytest.approx(0.65)
    assert found.score == pytest.approx(0.2749, abs=1e-4)


def test_own_and_others_together() -> None:
    found = score(
        Counts(1, 2, 4, -1), Counts(6, 4, 20, 3), Counts(2, 8, 20, -6), Counts(30, 20, 90, 9)
    )
    assert found == pytest.approx(-0.3134, abs=1e-4)


labels = st.integers(0, 400)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Counts, Counts]:
    """Counts of 7 days and of the 30 days that contain them; R of an outcome in [-2, +4]."""

    def one() -> Counts:
        matured = draw(st.integers(0, 600))
        mean = draw(st.floats(-2, 4))
        return Counts(draw(labels), draw(labels), matured, mean * matured)

    week, before = one(), one()
    month = Counts(
        week.good + before.good,
        week.bad + before.bad,
        week.matured + before.matured,
        week.r_sum + before.r_sum,
    )
    return week, month


def add(counts: Counts, *, good: int = 0, bad: int = 0) -> Counts:
    return Counts(counts.good + good, counts.bad + bad, counts.matured, counts.r_sum)


@given(windows(), windows())
def test_bounded(own: tuple[Counts, Counts], others: tuple[Counts, Counts]) -> None:
    found = explain_score(*own, *others)
    assert -1.0 <= found.score <= 1.0
    assert 0.0 <= found.k <= 1.0
    assert found.score <= found.s30 + SLACK


@given(windows(), windows(), st.booleans(), st.booleans(), st.integers(1, 5))
def test_monotone_in_every_label(
    own: tuple[Counts, Counts],
    others: tuple[Counts, Counts],
    recent: bool,  # noqa: FBT001 - Hypothesis draws it
    of_others: bool,  # noqa: FBT001 - Hypothesis draws it
    count: int,
) -> None:
    def scored(*, good: int = 0, bad: int = 0) -> float:
        week, month = others if of_others else own
        month = add(month, good=good, bad=bad)
        week = add(week, good=good, bad=bad) if recent else week
        return score(*own, week, month) if of_others else score(week, month, *others)

    before = score(*own, *others)
    assert scored(good=count) >= before - SLACK
    assert scored(bad=count) <= before + SLACK


@given(windows(), windows(), st.floats(0, 50))
def test_monotone_in_the_r_of_what_matured(
    own: tuple[Counts, Counts], others: tuple[Counts, Counts], more: float
) -> None:
    """For the same number of outcomes, more R never lowers the score."""
    week, month = own
    richer = Counts(month.good, month.bad, month.matured, month.r_sum + more)
    assert score(week, richer, *others) >= score(week, month, *others) - SLACK


def test_not_monotone_in_a_single_outcome() -> None:
    """A winner far below the rule's mean lowers the mean; that is meant."""
    before = Counts(matured=20, r_sum=5.0)
    after = Counts(matured=21, r_sum=5.01)
    assert score(after, after) < score(before, before)


@given(st.permutations([Counts(1, 0, 1, 0.5), Counts(0, 1, 2, -1.5), Counts(3, 2, 0, 0.0)]))
def test_order_of_arrival_does_not_matter(parts: list[Counts]) -> None:
    total = Counts(
        sum(p.good for p in parts),
        sum(p.bad for p in parts),
        sum(p.matured for p in parts),
        math.fsum(p.r_sum for p in parts),
    )
    assert score(total, total) == score(Counts(4, 3, 3, -1.0), Counts(4, 3, 3, -1.0))


@given(windows())
def test_a_mirror_image_scores_the_opposite_in_each_part(own: tuple[Counts, Counts]) -> None:
    blended = blend(*own)
    mirrored = Counts(blended.bad, blended.good, blended.matured, -blended.r_sum)
    found = explain_score(blended, blended).blended.value
    assert explain_score(mirrored, mirrored).blended.value == pytest.approx(-found, abs=1e-12)


def test_a_rule_that_turned_bad_is_judged_by_its_week() -> None:
    found = explain_score(Counts(1, 7, 12, -6), Counts(26, 12, 60, 9))
    assert found.k == 1.0
    assert found.score == found.s7 < 0 < found.s30


def test_every_step_is_kept_for_the_screen() -> None:
    numbers = explain_score(Counts(0, 1, 0, 0), Counts(0, 1, 0, 0)).numbers()
    assert numbers["mu"] == pytest.approx(4 / 9)
    sd = math.sqrt(4 / 9 * 5 / 9 / 10)
    assert numbers["sL"] == pytest.approx(half(4 / 9 - 0.5, sd, 0.25))
    assert numbers["score"] == pytest.approx(
        (1 - numbers["k"]) * numbers["s30"] + numbers["k"] * min(numbers["s30"], numbers["s7"])
    )


@pytest.mark.parametrize("field", ["good", "bad", "matured"])
@pytest.mark.parametrize("value", [-1, math.inf, math.nan])
def test_impossible_counts_are_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        Counts(**{field: value})


def test_an_infinite_sum_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="r_sum"):
        Counts(matured=1, r_sum=math.inf)
