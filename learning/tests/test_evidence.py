"""What counts as evidence: the label table, maturity, windows, the clipped R, Wilson's interval."""

from datetime import UTC, date, datetime, timedelta

import pytest

from learning.evidence import (
    Label,
    LabelIncrement,
    clip_r,
    evidence_r,
    in_window,
    is_matured,
    label_increment,
    wilson_interval,
    window_start,
)

NOON = datetime(2024, 3, 11, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "delivered", "expected"),
    [
        ("good", True, LabelIncrement(good=1)),
        ("good", False, LabelIncrement(good=1)),
        ("bad", True, LabelIncrement(bad=1)),
        ("bad", False, LabelIncrement(bad=1)),
        ("late", True, LabelIncrement(late=1)),
        ("late", False, LabelIncrement(late=1)),
        ("missed", True, LabelIncrement()),
        ("missed", False, LabelIncrement(good=1, missed=1)),
        ("missed", None, LabelIncrement(missed=1)),
    ],
)
def test_label_table(label: Label, *, delivered: bool | None, expected: LabelIncrement) -> None:
    assert label_increment(label, delivered=delivered) == expected


@pytest.mark.parametrize("label", ["good", "bad", "late"])
def test_a_bare_bar_can_only_be_missed(label: Label) -> None:
    with pytest.raises(ValueError, match="needs a signal"):
        label_increment(label, delivered=None)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="none of good, bad, late, missed"):
        label_increment("great", delivered=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("r", "expected"), [(-3.0, -2.0), (-2.0, -2.0), (0.3, 0.3), (9.0, 4.0)])
def test_r_is_clipped(r: float, expected: float) -> None:
    assert clip_r(r) == expected


def test_r_must_be_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        clip_r(float("nan"))


def test_the_journal_outranks_the_automatic_outcome() -> None:
    assert evidence_r(journal_r=0.0, automatic_r=1.45) == 0.0
    assert evidence_r(journal_r=None, automatic_r=1.45) == 1.45
    assert evidence_r(journal_r=7.0, automatic_r=None) == 4.0
    assert evidence_r(journal_r=None, automatic_r=None) is None


@pytest.mark.parametrize(
    ("horizon", "arrival", "expected"),
    [(0, 0, True), (-5, -30, True), (1, -30, False), (-5, 1, False)],
)
def test_an_outcome_counts_after_its_horizon_and_its_arrival(
    horizon: int, arrival: int, *, expected: bool
) -> None:
    found = is_matured(
        horizon_end=NOON + timedelta(minutes=horizon),
        arrived_at=NOON + timedelta(minutes=arrival),
        as_of=NOON,
    )
    assert found is expected


def test_windows_hold_seven_and_thirty_dates() -> None:
    today = date(2024, 3, 11)
    assert window_start(today, 7) == date(2024, 3, 5)
    assert window_start(today, 30) == date(2024, 2, 11)
    assert in_window(date(2024, 3, 5), as_of_session=today, days=7)
    assert not in_window(date(2024, 3, 4), as_of_session=today, days=7)
    assert not in_window(date(2024, 3, 12), as_of_session=today, days=7)


def test_a_window_has_at_least_one_day() -> None:
    with pytest.raises(ValueError, match="days"):
        window_start(date(2024, 3, 11), 0)


def test_wilson() -> None:
    found = wilson_interval(12, 20)
    assert found is not None
    assert found == pytest.approx((0.3866, 0.7812), abs=1e-4)


def test_wilson_at_the_edges() -> None:
    assert wilson_interval(0, 0) is None
    none = wilson_interval(0, 10)
    everything = wilson_interval(10, 10)
    assert none is not None
    assert everything is not None
    assert none[0] == 0.0
    assert everything[1] == pytest.approx(1.0, abs=1e-12)
    assert everything[1] <= 1.0
    with pytest.raises(ValueError, match="successes"):
        wilson_interval(3, 2)
