"""What a driver got, held against what a case expects, and how a difference is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from golden.fixture import ExpectedTrigger, Fixture, Row

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Fired:
    """What a driver says fired on a bar, with the rule's values there."""

    seq: int
    direction: str
    confidence: float
    values: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.direction} at confidence {self.confidence:.9f}"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the case says."""

    driver: str
    what: str
    seq: int | None = None
    expected: str = ""
    got: str = ""
    bar: Row | None = None
    values: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        where = "" if self.seq is None else f" at seq {self.seq}"
        lines = [f"{self.driver}: {self.what}{where}"]
        if self.bar is not None:
            lines.append("  bar       ts {} o {} h {} l {} c {} v {}".format(*self.bar[:6]))
        lines += [f"  expected  {self.expected}", f"  got       {self.got}"]
        if self.values:
            told = ", ".join(f"{name} {value:.6g}" for name, value in self.values.items())
            lines.append(f"  values    {told}")
        return "\n".join(lines)


def compare(fixture: Fixture, driver: str, got: Sequence[Fired]) -> list[Difference]:
    """What a driver got, held against what the case expects from `assertFrom` on."""
    want = {each.seq: each for each in fixture.expected.triggers}
    have = {each.seq: each for each in got if each.seq >= fixture.assert_from}
    found = (
        _difference(fixture, driver, seq, want.get(seq), have.get(seq))
        for seq in sorted(want.keys() | have.keys())
    )
    return [each for each in found if each is not None]


def _difference(
    fixture: Fixture,
    driver: str,
    seq: int,
    expected: ExpectedTrigger | None,
    actual: Fired | None,
) -> Difference | None:
    told = "silence"
    if expected is not None:
        told = f"{expected.direction} at confidence {expected.confidence:.9f}"
    if actual is None:
        return Difference(driver, "did not fire", seq, told, "silence")
    if expected is None:
        silent = seq in fixture.expected.silent
        what = "fired where silence is asserted" if silent else "fired"
    elif expected.direction != actual.direction:
        what = "other direction"
    elif not abs(expected.confidence - actual.confidence) <= TOLERANCE:
        what = "other confidence"
    else:
        return None
    return Difference(driver, what, seq, told, str(actual), values=actual.values)
