"""Reads of this room: instruments, bars, gaps, the market's time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.core.cache import cache
from django.db.models import Max, Min, Sum
from redis.exceptions import RedisError

from coach.engine.anchors import anchor_of, block_of
from coach.engine.bars import Bars
from coach.engine.resample import resample
from coach.engine.run import indicators
from coach.market.calendars import DAY_MS, Span, default_calendar, session_table
from coach.market.clock import ClockState
from coach.market.columns import BarColumns, Float64, timeframe_ms
from coach.market.gaps import Gap, find_gaps
from coach.market.models import BarChunk, Clock, Coverage, FeedGap, Instrument, ReceivedBar
from coach.market.reading import Version, fill_sessions, read_columns, read_imported, with_sessions
from coach.prepared import Prepared

log = structlog.get_logger(__name__)

CLOCK_KEY = "market:clock"
MINUTE_MS = 60_000


class UnknownSymbolError(LookupError):
    """No instrument has this symbol."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"symbol {symbol!r} is unknown")
        self.symbol = symbol


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """An instrument; `data_range` is (open of its first bar, end of its last), None without."""

    symbol: str
    name: str
    calendar: str
    tick_size: float
    asset_class: str
    vendor_ticker: str
    data_range: tuple[int, int] | None = None


# --- Instruments ----------------------------------------------------------------------------------


def get_instrument(symbol: str) -> InstrumentRow:
    """One instrument, without its data range.

    Raises:
        UnknownSymbolError: there is none.
    """
    try:
        return _row(Instrument.objects.get(symbol=symbol))
    except Instrument.DoesNotExist:
        raise UnknownSymbolError(symbol) from None


def list_instruments() -> list[InstrumentRow]:
    """Every instrument by symbol, each with the range of its bars."""
    ranges = data_ranges()
    return [_row(each, ranges.get(each.symbol)) for each in Instrument.objects.order_by("symbol")]


def list_symbols() -> list[str]:
    """Every instrument's symbol, sorted."""
    return list(Instrument.objects.order_by("symbol").values_list("symbol", flat=True))


def data_ranges(timeframe: str | None = None) -> dict[str, tuple[int, int]]:
    """Symbol → (open of the first bar, end of the last), microbars aside or of one timeframe."""
    chunks = BarChunk.objects.exclude(timeframe="1s")
    rows = ReceivedBar.objects.filter(compacted=False)
    if timeframe is not None:
        chunks, rows = (
            BarChunk.objects.filter(timeframe=timeframe),
            rows.filter(timeframe=timeframe),
        )
    found: dict[str, tuple[int, int]] = {}
    for symbol, frame, first, last in [
        *chunks.values_list("instrument_id", "timeframe")
        .annotate(Min("first_ts"), Max("last_ts"))
        .order_by(),
        *rows.values_list("instrument_id", "timeframe").annotate(Min("ts"), Max("ts")).order_by(),
    ]:
        low, high = found.get(symbol, (first, last))
        found[symbol] = min(low, first), max(high, last + timeframe_ms(frame))
    return found


def data_range(symbol: str, timeframe: str = "1m") -> tuple[int, int] | None:
    """(open of the first bar, end of the last) of a stored timeframe; None without bars."""
    chunks = BarChunk.objects.filter(instrument_id=symbol, timeframe=timeframe).aggregate(
        first=Min("first_ts"), last=Max("last_ts")
    )
    rows = ReceivedBar.objects.filter(
        instrument_id=symbol, timeframe=timeframe, compacted=False
    ).aggregate(first=Min("ts"), last=Max("ts"))
    firsts = [each["first"] for each in (chunks, rows) if each["first"] is not None]
    lasts = [each["last"] for each in (chunks, rows) if each["last"] is not None]
    return (min(firsts), max(lasts) + timeframe_ms(timeframe)) if firsts else None


def covered_spans(
    symbol: str, timeframe: str, *, source: str, adjusted: bool
) -> list[tuple[int, int]]:
    """Spans [start, end) of which the cache holds every bar that a source had; they may overlap."""
    rows = Coverage.objects.filter(
        instrument_id=symbol, timeframe=timeframe, source=source, adjusted=adjusted
    )
    return list(rows.order_by("start_ms").values_list("start_ms", "end_ms"))


def count_bars(symbol: str, timeframe: str = "1m") -> int:
    """Bars of a symbol in the cache, those not yet compacted not counted."""
    chunks = BarChunk.objects.filter(instrument_id=symbol, timeframe=timeframe)
    return chunks.aggregate(total=Sum("count"))["total"] or 0


def calendars_of(symbols: Collection[str]) -> dict[str, str]:
    """The calendar of each symbol; one that is no instrument yet keeps its default calendar."""
    known = dict(_calendars(symbols))
    return {symbol: known.get(symbol) or default_calendar(symbol) for symbol in symbols}


def tick_sizes_of(symbols: Collection[str]) -> dict[str, float]:
    """The tick size of each symbol; of one that is no instrument yet, a new instrument's."""
    known = dict(_tick_sizes(symbols))
    return {symbol: known.get(symbol, _USUAL_TICK) for symbol in symbols}


_USUAL_TICK = Instrument._meta.get_field("tick_size").get_default()
_calendars = Prepared(
    lambda symbols: Instrument.objects.filter(pk__in=symbols).values_list("pk", "calendar")
)
_tick_sizes = Prepared(
    lambda symbols: Instrument.objects.filter(pk__in=symbols).values_list("pk", "tick_size")
)


def _row(each: Instrument, found: tuple[int, int] | None = None) -> InstrumentRow:
    return InstrumentRow(
        symbol=each.symbol,
        name=each.name,
        calendar=each.calendar,
        tick_size=each.tick_size,
        asset_class=each.asset_class,
        vendor_ticker=each.vendor_ticker or each.symbol,
        data_range=found,
    )


# --- Bars -----------------------------------------------------------------------------------------


def load_bars(
    symbol: str,
    timeframe: str,
    start_ms: int,
    end_ms: int,
    *,
    session: Span = "regular",
    version: Version = "latest",
    as_of_ms: int | None = None,
) -> Bars:
    """Closed bars with start_ms <= ts < end_ms, with their sessions, oldest first.

    Higher timeframes are resampled from minute bars. A session without minute bars takes the bars
    imported in that timeframe, if there are any (regular sessions only).

    Args:
        version: `latest` counts corrections; `received` shows live bars as they came first.
        as_of_ms: market time up to which the minutes are complete, which closes the last bucket;
            by default the end of the symbol's last minute bar.

    Raises:
        UnknownSymbolError: there is no such instrument.
        ValueError: an unknown timeframe, or `1s` (see `load_seconds`).
        CalendarError: bars outside the calendar's bounds.
    """
    calendar = get_instrument(symbol).calendar
    step = timeframe_ms(timeframe)
    if timeframe == "1s":
        raise ValueError("timeframe '1s' has no sessions; use load_seconds")
    if timeframe == "1m":
        return with_sessions(
            read_columns(symbol, "1m", start_ms, end_ms, version), calendar, session
        )
    # A bucket of [start, end) may need minutes beyond the end; extended hours pass midnight in UTC.
    beyond = step + (2 * 3_600_000 if timeframe == "1d" else 0)
    columns = read_columns(symbol, "1m", start_ms, end_ms + beyond, version)
    known = data_range(symbol)
    as_of = as_of_ms if as_of_ms is not None else (known[1] if known else None)
    buckets = resample(with_sessions(columns, calendar, session), timeframe, as_of=as_of)
    buckets = buckets.slice(buckets.position(start_ms), buckets.position(end_ms))
    if session == "extended":
        return buckets
    return fill_sessions(buckets, read_imported(symbol, timeframe, start_ms, end_ms, calendar))


def bars_at_most(symbol: str, timeframe: str, start_ms: int, end_ms: int) -> int:
    """About how many bars [start_ms, end_ms) can hold, from the sizes of whole chunks inside it.

    Cheap, and never more than are stored; so that a huge request is refused before it is read.
    """
    step = timeframe_ms(timeframe)
    whole = BarChunk.objects.filter(
        instrument_id=symbol, timeframe="1m", first_ts__gte=start_ms, last_ts__lt=end_ms
    )
    minutes = whole.aggregate(total=Sum("count"))["total"] or 0
    return int(minutes * MINUTE_MS // step) if step < DAY_MS else 0


def load_seconds(symbol: str, start_ms: int, end_ms: int) -> BarColumns:
    """Microbars with start_ms <= ts < end_ms."""
    return read_columns(symbol, "1s", start_ms, end_ms)


def load_with_warmup(
    symbol: str,
    timeframe: str,
    start_ms: int,
    end_ms: int,
    *,
    session: Span = "regular",
    version: Version = "latest",
    as_of_ms: int | None = None,
) -> Bars:
    """Bars from the anchor of the first bar at or after `start_ms` up to `end_ms`.

    What the engine needs to evaluate [start_ms, end_ms). Raises as `load_bars`.
    """
    calendar = get_instrument(symbol).calendar
    known = data_range(symbol)
    first = start_ms if known is None else max(start_ms, known[0])
    anchor = min(start_ms, anchor_ms(calendar, timeframe, first)) if first < end_ms else start_ms
    return load_bars(
        symbol, timeframe, anchor, end_ms, session=session, version=version, as_of_ms=as_of_ms
    )


def anchor_ms(calendar: str, timeframe: str, ts_ms: int) -> int:
    """Where the scan begins that defines the state of the first bar at or after `ts_ms`.

    Raises:
        CalendarError: a time outside the calendar's bounds.
    """
    # The session of `ts_ms` in the widest sense, so that extended hours never come up short.
    table = session_table(calendar, ts_ms, ts_ms + 14 * DAY_MS, span="extended")
    day = int(table.day[0]) if len(table) else ts_ms // DAY_MS
    return anchor_of(block_of(day, timeframe), timeframe) * DAY_MS


def indicator_lines(bars: Bars, timeframe: str, start_ms: int, end_ms: int) -> dict[str, Float64]:
    """The evaluator's lines (ema20, ema50, vwap, atr), one value a bar of [start_ms, end_ms).

    `bars` must begin at the anchor (see `load_with_warmup`); NaN where a line has not begun.
    """
    return indicators(bars, timeframe, start_ms, end_ms)


# --- Gaps -----------------------------------------------------------------------------------------


def gaps(
    symbol: str,
    timeframe: str,
    start_ms: int,
    end_ms: int,
    *,
    session: Span = "regular",
    bars: Bars | None = None,
    as_of_ms: int | None = None,
) -> list[Gap]:
    """What is missing in [start_ms, end_ms), with reasons; see `coach.market.gaps`.

    Args:
        bars: the bars of that range, if they are at hand.
        as_of_ms: market time up to which bars are expected; by default the end of the last one.

    Raises:
        As `load_bars`.
    """
    instrument = get_instrument(symbol)
    if bars is None:
        bars = load_bars(symbol, timeframe, start_ms, end_ms, session=session, as_of_ms=as_of_ms)
    ranges = [data_range(symbol, each) for each in {"1m", timeframe}]
    known = [each for each in ranges if each is not None]
    if not known:
        return []
    first = min(each[0] for each in known)
    last = max(each[1] for each in known) if as_of_ms is None else as_of_ms
    lost = FeedGap.objects.filter(
        instrument_id=symbol, start_ms__lt=end_ms + DAY_MS, end_ms__gt=start_ms
    )
    return find_gaps(
        bars.ts,
        calendar=instrument.calendar,
        timeframe=timeframe,
        start_ms=start_ms,
        end_ms=end_ms,
        known=(first, last),
        lost=list(lost.values_list("start_ms", "end_ms")),
        span=session,
    )


# --- The market's time ----------------------------------------------------------------------------


def clock_state() -> ClockState | None:
    """The clock of the source that ran last; None when none ever did."""
    try:
        held = cache.get(CLOCK_KEY)
    except RedisError as error:
        log.warning("market_clock_read_from_database", error=str(error))
        held = None
    if isinstance(held, ClockState):
        return held
    row = Clock.objects.order_by("-updated_at").first()
    return _clock_state(row) if row is not None else None


def clock_of(source: str) -> ClockState | None:
    """The clock that a source had when it last ran."""
    row = Clock.objects.filter(source=source).first()
    return _clock_state(row) if row is not None else None


def _clock_state(row: Clock) -> ClockState:
    return ClockState(
        source=row.source,
        anchor_wall_ms=row.anchor_wall_ms,
        anchor_market_ms=row.anchor_market_ms,
        speed=row.speed,
        paused=row.paused,
        free=row.free,
        realtime=row.realtime,
        market_ms=row.market_ms,
    )


def market_now() -> datetime:
    """What every room calls now: the latest time that the running source has reached.

    The wall clock when no source ever ran, or when the source lives on it.
    """
    state = clock_state()
    if state is None or state.realtime:
        return datetime.now(UTC)
    return datetime.fromtimestamp(state.market_ms / 1000, UTC)


def last_received(source: str, symbols: Iterable[str]) -> dict[str, int]:
    """Symbol → ts of its last minute bar received from a source: where its feed resumes."""
    rows = (
        ReceivedBar.objects.filter(source=source, timeframe="1m", instrument_id__in=list(symbols))
        .values_list("instrument_id")
        .annotate(Max("ts"))
        .order_by()
    )
    return dict(rows)
