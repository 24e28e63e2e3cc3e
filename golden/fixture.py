"""A golden case as a file: bars, a rule with its parameters, and what must come of it.

`golden/cases/<name>.json`. Bars begin at the shortest warm-up that reproduces the triggers; only
`seq >= assertFrom` is asserted. With `pass: false` the bars must be refused, for the reasons given.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from coach.engine.bars import Bars, Checked, check_bars
from coach.engine.layout import seq_of
from coach.engine.ruleset import RuleSet, RuleSpec, compile_rules
from coach.market.calendars import session_columns

CASES = Path(__file__).parent / "cases"
NAME = r"^[a-z0-9][a-z0-9_]{2,79}$"
MAX_BARS = 5_000
OFF_HOUR = ("5m", "15m", "1h")  # their buckets begin at the session's open

# ts, open, high, low, close, volume[, vwap]; null is a number that is not there (JSON has no NaN),
# 1e999 one that is not finite.
Row = tuple[float | None, ...]


class FixtureError(ValueError):
    """A file that is no golden case; says which field, and why."""


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class ExpectedTrigger(_Part):
    """A trigger that must fire. `confidence` must agree within 1e-9."""

    seq: int
    direction: Literal["long", "short"]
    confidence: float = Field(ge=0, le=1)


class ExpectedRefusal(_Part):
    """A bar that must be refused: its row (from 0), the field and the reason."""

    row: int = Field(ge=0)
    field: str
    reason: str


class Expected(_Part):
    """What must come of the bars: these triggers, silence at these bars; or these refusals."""

    triggers: tuple[ExpectedTrigger, ...] = ()
    silent: tuple[int, ...] = ()
    passes: bool = Field(default=True, alias="pass")
    refusals: tuple[ExpectedRefusal, ...] = ()


class MutationCount(_Part):
    """How many mutants of the rule's code the case kills, of how many."""

    killed: int = Field(ge=0)
    of: int = Field(ge=1)


class Fixture(_Part):
    """One golden case."""

    name: str = Field(pattern=NAME)
    description: str = Field(min_length=1, max_length=500)
    symbol: str = Field(pattern=r"^[A-Z0-9.:_-]{1,20}$")
    rule_id: str
    params: dict[str, int | float] = Field(default_factory=dict)
    timeframe: Literal["1m", "5m", "15m", "1h", "1d"]
    session: Literal["regular", "extended"]
    calendar: Literal["XNYS", "24/7"]
    engine_version: str
    source: str = Field(min_length=1, max_length=500)
    bars: Annotated[tuple[Row, ...], Field(min_length=1, max_length=MAX_BARS)]
    assert_from: int
    expected: Expected
    mutation: MutationCount | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for number, row in enumerate(self.bars):
            if len(row) not in {len(BAR_COLUMNS) - 1, len(BAR_COLUMNS)}:
                raise ValueError(f"bars: row {number} has {len(row)} columns, expected 6 or 7")
        if self.expected.passes == bool(self.expected.refusals):
            raise ValueError("expected: a case that fails names its refusals, others have none")
        early = [t.seq for t in self.expected.triggers if t.seq < self.assert_from]
        if early:
            raise ValueError(f"expected: trigger at seq {early[0]} is before assertFrom")
        return self

    def ruleset(self) -> RuleSet:
        """The case's one rule, compiled.

        Raises:
            RulesRefusedError: unknown rule or parameter, or a value out of bounds.
        """
        return compile_rules([RuleSpec(self.rule_id, self.params)], timeframe=self.timeframe)

    def check(self) -> Checked:
        """The bars as the evaluator's own validation sees them."""
        ts, open_, high, low, close, volume, vwap = self._columns()
        return check_bars(
            ts=ts,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            vwap=vwap,
            vwap_given=~np.isnan(vwap),
            timeframe=self.timeframe,
            grid_origin=self._session_opens(ts) if self.timeframe in OFF_HOUR else None,
        )

    def _session_opens(self, ts: NDArray[np.float64]) -> NDArray[np.int64]:
        """Where the grid of each bar begins: its session's open; in closed hours the epoch."""
        opens = np.zeros(len(ts), np.int64)
        read = np.flatnonzero(np.isfinite(ts))
        order = read[np.argsort(ts[read], kind="stable")]
        sessions = session_columns(self.calendar, ts[order].astype(np.int64), span=self.session)
        opens[order] = np.where(sessions.inside, sessions.open_ms, 0)
        return opens

    def _columns(self) -> NDArray[np.float64]:
        """Shape (7, bars); NaN where a number is not there."""
        width = len(BAR_COLUMNS)
        rows = [[*row, *[None] * (width - len(row))] for row in self.bars]
        return np.array([[math.nan if v is None else v for v in row] for row in rows], float).T

    def to_bars(self) -> Bars:
        """The bars with their sessions; refused ones, and those outside the session, left out."""
        columns = self._columns()[:, self.check().accepted]
        ts = columns[0].astype(np.int64)
        sessions = session_columns(self.calendar, ts, span=self.session)
        keep = sessions.inside
        _, open_, high, low, close, volume, vwap = columns[:, keep]
        return Bars(
            ts[keep],
            open_,
            high,
            low,
            close,
            volume,
            vwap,
            sessions.session_day[keep],
            sessions.open_ms[keep],
            sessions.close_ms[keep],
        )

    def row_of(self, seq: int) -> Row | None:
        """The bar of a seq as it stands in the file."""
        at = self.position_of(seq)
        return None if at is None else self.bars[at]

    def position_of(self, seq: int) -> int | None:
        """The first row with the bar of a seq."""
        for at, row in enumerate(self.bars):
            if row[0] is not None and seq_of(int(row[0]), self.timeframe) == seq:
                return at
        return None

    def document(self) -> dict[str, Any]:
        """The case as JSON, in the order of the contract."""
        document = self.model_dump(mode="json", by_alias=True, exclude_none=False)
        document["bars"] = [[_plain(value) for value in row] for row in self.bars]
        if not document["expected"]["refusals"]:
            del document["expected"]["refusals"]
        return document

    def text(self) -> str:
        """The file's text: one bar a line, so that a difference reads well in a review."""
        document = self.document()
        rows = ",\n  ".join(_row_text(row) for row in document["bars"])
        parts = [
            f" {json.dumps(key)}: " + (f"[\n  {rows}\n ]" if key == "bars" else json.dumps(value))
            for key, value in document.items()
        ]
        return "{\n" + ",\n".join(parts) + "\n}\n"


BAR_COLUMNS = ("ts", "open", "high", "low", "close", "volume", "vwap")


def _plain(value: float | None) -> int | float | None:
    """Whole numbers without a decimal point."""
    return int(value) if value is not None and value.is_integer() else value


def _row_text(row: list[int | float | None]) -> str:
    """JSON has no infinity; a number beyond every double reads as one."""
    return json.dumps(row).replace("Infinity", "1e999")


def parse(document: object) -> Fixture:
    """A case from JSON.

    Raises:
        FixtureError: names the field and what is wrong with it.
    """
    try:
        return Fixture.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise FixtureError(f"{field or 'fixture'}: {first['msg']}") from None


def read(path: Path) -> Fixture:
    """A case from its file.

    Raises:
        FixtureError: not JSON, not a case, or named otherwise than its file.
    """
    try:
        fixture = parse(json.loads(path.read_text()))
    except json.JSONDecodeError as error:
        raise FixtureError(f"{path.name}: not JSON: {error}") from None
    if fixture.name != path.stem:
        raise FixtureError(f"{path.name}: name is {fixture.name!r}, the file's is {path.stem!r}")
    return fixture


def read_all(folder: Path = CASES) -> list[Fixture]:
    """Every case, by name."""
    return [read(path) for path in sorted(folder.glob("*.json"))]
