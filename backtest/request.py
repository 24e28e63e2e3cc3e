"""What a run is asked for, and how a moment given as a date or a time becomes one (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import product
from typing import Any, Final

from backtest.window import Session
from coach.engine.definition import RulesRefusedError
from coach.engine.layout import TIMEFRAME_MS
from coach.engine.ruleset import RuleSet, RuleSpec, compile_rules
from coach.market.calendars import DAY_MS, FIRST_DATE, LAST_DATE, day_of, session_table

Json = dict[str, Any]

TIMEFRAMES: Final = tuple(TIMEFRAME_MS)
SESSIONS: Final = ("regular", "extended")
SOURCES: Final = ("cache", "polygon")
"""`polygon` asks the vendor for what the cache lacks; then both read the cache."""
MAX_DAYS: Final = {"1m": 4_020, "5m": 7_320, "15m": 7_320, "1h": 7_320, "1d": 21_915}
"""Longest range of a run in days: eleven years of minutes, twenty of hours, sixty of days."""
MAX_BARS: Final = 3_000_000
MAX_RULES: Final = 50
MAX_VARIANTS: Final = 2_000
MAX_VARIANT_BARS: Final = 400_000_000
ENDS: Final = ("end", "to")
"""Fields in which a date includes its session."""
EARLIEST_MS: Final = day_of(FIRST_DATE) * DAY_MS
LATEST_MS: Final = (day_of(LAST_DATE) + 1) * DAY_MS


class RequestError(ValueError):
    """A request that cannot run; ``field`` names what is wrong with it, as a dotted path."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run: bars with start_ms <= ts < end_ms (epoch ms UTC) of a symbol, and rules on them."""

    symbol: str
    timeframe: str
    start_ms: int
    end_ms: int
    rules: tuple[RuleSpec, ...]
    session: Session = "regular"
    source: str = "cache"
    governor: bool = False

    def ruleset(self) -> RuleSet:
        """The rules, ready to run.

        Raises:
            RulesRefusedError: names each rule, parameter and bound that is violated.
        """
        return compile_rules(self.rules, timeframe=self.timeframe)

    def as_json(self) -> Json:
        """As stored and shown: every parameter spelt out."""
        return {
            "symbol": self.symbol,
            "timeframe": self.timeframe,
            "start": self.start_ms,
            "end": self.end_ms,
            "rules": [
                {"ruleId": each.rule_id, "params": dict(each.params)}
                for each in self.ruleset().rules
            ],
            "session": self.session,
            "source": self.source,
            "governor": self.governor,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RunRequest":
        """The inverse of ``as_json``."""
        return cls(
            symbol=stored["symbol"],
            timeframe=stored["timeframe"],
            start_ms=stored["start"],
            end_ms=stored["end"],
            rules=tuple(RuleSpec(each["ruleId"], each["params"]) for each in stored["rules"]),
            session=stored["session"],
            source=stored["source"],
            governor=stored["governor"],
        )


@dataclass(frozen=True, slots=True)
class WalkForward:
    """Choose the best variant on ``train`` sessions, trade it on the next ``test``, move on."""

    train: int
    test: int


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """One rule under every combination of the values of ``grid``, on one window.

    ``params`` are the rule's other parameters. Combinations that the rule refuses (fast ≥ slow)
    are skipped and counted.
    """

    symbol: str
    timeframe: str
    start_ms: int
    end_ms: int
    rule_id: str
    grid: Mapping[str, tuple[float, ...]]
    params: Mapping[str, float] = field(default_factory=dict)
    session: Session = "regular"
    source: str = "cache"
    walk_forward: WalkForward | None = None

    def as_json(self) -> Json:
        """As stored and shown."""
        walk = self.walk_forward
        return {
            "symbol": self.symbol,
            "timeframe": self.timeframe,
            "start": self.start_ms,
            "end": self.end_ms,
            "ruleId": self.rule_id,
            "grid": {name: list(values) for name, values in self.grid.items()},
            "params": dict(self.params),
            "session": self.session,
            "source": self.source,
            "walkForward": None if walk is None else {"train": walk.train, "test": walk.test},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "SweepRequest":
        """The inverse of ``as_json``."""
        walk = stored["walkForward"]
        return cls(
            symbol=stored["symbol"],
            timeframe=stored["timeframe"],
            start_ms=stored["start"],
            end_ms=stored["end"],
            rule_id=stored["ruleId"],
            grid={name: tuple(values) for name, values in stored["grid"].items()},
            params=stored["params"],
            session=stored["session"],
            source=stored["source"],
            walk_forward=None if walk is None else WalkForward(walk["train"], walk["test"]),
        )


def moment_ms(value: object, calendar: str, session: Session, *, field: str) -> int:
    """Epoch ms of a start or end: ms, ISO 8601 with zone, or a session date.

    A date as ``start`` is the open of the first session on or after it; as ``end`` it includes its
    session: the close of the last one on or before it.

    Raises:
        RequestError: not one of these, or outside the calendar's bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RequestError(field, "must be epoch ms, ISO 8601 with zone, or a date YYYY-MM-DD")
    if isinstance(value, int):
        return _bounded(value, field)
    day = _date(value)
    return _time(value, field) if day is None else _session_ms(day, calendar, session, field)


def _bounded(value: int, field: str) -> int:
    if not EARLIEST_MS <= value <= LATEST_MS:
        raise RequestError(field, f"must lie from {FIRST_DATE} to {LAST_DATE} (epoch ms, UTC)")
    return value


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _time(text: str, field: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        shown = text[:40]
        raise RequestError(field, f"{shown!r} is neither a date nor a time (ISO 8601)") from None
    if found.tzinfo is None:
        raise RequestError(field, f"{text!r} needs its zone, such as Z or +02:00")
    if not 1990 <= found.year <= 2049:
        raise RequestError(field, f"must lie from {FIRST_DATE} to {LAST_DATE}")
    return _bounded(round(found.astimezone(UTC).timestamp() * 1000), field)


def _session_ms(day: date, calendar: str, session: Session, field: str) -> int:
    if not FIRST_DATE <= day <= LAST_DATE:
        raise RequestError(field, f"must lie from {FIRST_DATE} to {LAST_DATE}")
    noon = day_of(day) * DAY_MS
    low, high = max(EARLIEST_MS, noon - 14 * DAY_MS), min(LATEST_MS, noon + 15 * DAY_MS)
    table = session_table(calendar, low, high, span=session)
    if field in ENDS:
        until = [at for at in range(len(table)) if table.day[at] <= day_of(day)]
        return int(table.close_ms[until[-1]]) if until else noon + DAY_MS
    since = [at for at in range(len(table)) if table.day[at] >= day_of(day)]
    return int(table.open_ms[since[0]]) if since else noon


def check_range(start_ms: int, end_ms: int, timeframe: str) -> None:
    """Refuse a range that ends before it starts, or is too long.

    Raises:
        RequestError: names the field and the bound.
    """
    if end_ms <= start_ms:
        raise RequestError("end", f"must be after start, which is {start_ms}; it is {end_ms}")
    days, most = (end_ms - start_ms) / DAY_MS, MAX_DAYS[timeframe]
    if days > most:
        raise RequestError(
            "end", f"must be within {most:,} days of start on {timeframe}; it is {days:,.0f} days"
        )


def combinations(grid: Mapping[str, tuple[float, ...]]) -> list[dict[str, float]]:
    """Every combination of a grid's values, in order of the names, the last one fastest."""
    names = sorted(grid)
    return [dict(zip(names, values, strict=True)) for values in product(*(grid[n] for n in names))]


def variants_of(request: SweepRequest) -> tuple[list[RuleSpec], int]:
    """Every variant that the rule accepts, and how many combinations it refused.

    Raises:
        RulesRefusedError: the rule accepts none of them; says why of the last one.
    """
    accepted: list[RuleSpec] = []
    refused: RulesRefusedError | None = None
    found = combinations(request.grid)
    for values in found:
        spec = RuleSpec(request.rule_id, {**request.params, **values})
        try:
            compile_rules([spec], timeframe=request.timeframe)
        except RulesRefusedError as error:
            refused = error
        else:
            accepted.append(spec)
    if not accepted and refused is not None:
        raise refused
    return accepted, len(found) - len(accepted)
