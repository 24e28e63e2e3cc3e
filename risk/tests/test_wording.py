"""Numbers, times and durations in a sentence."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from risk.wording import clock, compared, duration, fixed

NEW_YORK = ZoneInfo("America/New_York")


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def test_no_negative_zero() -> None:
    assert fixed(-0.001) == "0.00"
    assert fixed(-0.41) == "-0.41"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (0.58, 0.63, "0.58 < 0.63"),
        (0.6298, 0.63, "0.6298 < 0.6300"),
        (0.6, 0.6, "0.60 < 0.60"),
        (0.6, 0.6 + 1e-12, "0.600000000 < 0.600000000"),
    ],
)
def test_both_sides_can_be_told_apart(left: float, right: float, expected: str) -> None:
    assert compared(left, "<", right) == expected


def test_a_clock_time_is_rounded_up_and_in_the_exchange_s_zone() -> None:
    seen = ms(2024, 3, 12, 18, 20)
    assert clock(ms(2024, 3, 12, 18, 32), NEW_YORK, seen_ms=seen) == "14:32"
    assert clock(ms(2024, 3, 12, 18, 31, 1), NEW_YORK, seen_ms=seen) == "14:32"
    assert clock(ms(2024, 3, 13, 13, 30), NEW_YORK, seen_ms=seen) == "Wed 09:30"


def test_a_clock_time_across_the_change_to_winter_time() -> None:
    # 2024-11-03 06:00 UTC is 01:00 EST, the hour that comes twice.
    assert clock(ms(2024, 11, 3, 6), NEW_YORK, seen_ms=ms(2024, 11, 3, 5)) == "01:00"
    assert clock(ms(2024, 11, 3, 7), NEW_YORK, seen_ms=ms(2024, 11, 3, 5)) == "02:00"


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (1_305_000, "21 min 45 s"),
        (900_000, "15 min"),
        (3_900_000, "1 h 5 min"),
        (0, "0 s"),
        (1_269_999, "21 min 10 s"),
    ],
)
def test_durations(milliseconds: int, expected: str) -> None:
    assert duration(milliseconds) == expected
