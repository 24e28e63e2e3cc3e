"""Writes of this room: instruments, bars, gaps, the clock; and making a feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError

from coach.market.barcache import UpsertReport, upsert_bars
from coach.market.calendars import (
    ALWAYS,
    Session,
    check_calendar,
    day_of,
    default_calendar,
    next_open,
    sessions_before,
)
from coach.market.clock import ClockState, MarketClock, SystemWall, Wall, check_speed
from coach.market.clockstore import DatabaseClockStore, save_clock
from coach.market.columns import BarColumns
from coach.market.feed import Feed, FeedGap
from coach.market.fetching import check_fits
from coach.market.models import Clock, Coverage, Instrument, validate_symbol
from coach.market.reading import read_chunks
from coach.market.received import append_received, compact_received, record_gaps
from coach.market.selectors import (
    InstrumentRow,
    clock_of,
    data_ranges,
    get_instrument,
)
from coach.market.sources.access import Access, VendorError
from coach.market.sources.paced import PacedFeed, TapeLibrary
from coach.market.sources.polygon import NAME as POLYGON
from coach.market.sources.polygon import Patience, PolygonRest
from coach.market.sources.polygon_feed import Listed, PolygonFeed
from coach.market.sources.replay import ReplayLibrary
from coach.market.sources.synthetic import (
    DEMO_SYMBOLS,
    LOST_REASON,
    SyntheticLibrary,
    listing_of,
    make_session,
)

__all__ = [
    "UpsertReport",
    "append_received",
    "build_feed",
    "check_symbol",
    "compact_received",
    "ensure_instrument",
    "ensure_synthetic_instruments",
    "make_synthetic_history",
    "record_gaps",
    "save_clock",
    "upsert_bars",
    "vendor",
]

DAY_MS = 86_400_000
SYNTHETIC_START = date(2025, 9, 15)
"""First live session of the synthetic market: fixed, so that everybody sees the same days."""
SOURCES = ("synthetic", "replay", "polygon")


# --- Instruments ----------------------------------------------------------------------------------


def ensure_instrument(
    *,
    symbol: str,
    calendar: str | None = None,
    name: str = "",
    tick_size: float = 0.01,
    asset_class: str | None = None,
) -> InstrumentRow:
    """The instrument of a symbol, created if it is new; an existing one keeps its fields.

    Raises:
        ValidationError: a symbol that is not one, a tick size that is not positive.
        CalendarError: an unknown calendar.
        ValueError: the instrument exists with another calendar.
    """
    wanted = check_calendar(calendar or default_calendar(symbol))
    fields = {
        "name": name,
        "calendar": wanted,
        "tick_size": tick_size,
        "asset_class": asset_class or ("crypto" if wanted == ALWAYS else "equity"),
    }
    Instrument(symbol=symbol, **fields).clean_fields()
    row, created = Instrument.objects.get_or_create(symbol=symbol, defaults=fields)
    if not created and calendar is not None and row.calendar != calendar:
        raise ValueError(
            f"calendar: {symbol} has calendar {row.calendar}, not {calendar}; "
            "change it in the admin first"
        )
    return get_instrument(symbol)


def check_symbol(symbol: str) -> str:
    """The symbol, if it can be one.

    Raises:
        ValueError: it cannot.
    """
    try:
        validate_symbol(symbol)
    except ValidationError as error:
        raise ValueError(f"symbol {symbol!r}: {error.messages[0]}") from None
    return symbol


def ensure_synthetic_instruments(symbols: Sequence[str] = DEMO_SYMBOLS) -> list[InstrumentRow]:
    """Instruments of made-up symbols, created where they are new.

    Raises:
        ValueError: a symbol that is not one.
    """
    rows = []
    for symbol in symbols:
        listing = listing_of(check_symbol(symbol))
        rows.append(
            ensure_instrument(
                symbol=symbol,
                name=listing.name,
                tick_size=listing.tick_size,
                asset_class=listing.asset_class,
            )
        )
    return rows


# --- Feeds ----------------------------------------------------------------------------------------


def build_feed(
    *,
    source: str,
    symbols: Sequence[str] = (),
    speed: float = 1.0,
    seed: int = 0,
    start_ms: int | None = None,
    end_ms: int | None = None,
    wall: Wall | None = None,
    guard: Callable[[], None] | None = None,
) -> Feed:
    """A feed on a market clock that is kept in the database.

    A clock that was commanded to another speed keeps it over a restart, unless it is now configured
    differently; it always starts running.

    Args:
        symbols: default: every symbol with minutes (replay), else the demo symbols.
        speed: market seconds a wall second; 0 is as fast as the consumer takes them. Polygon lives
            on the wall's time.
        start_ms, end_ms: where to begin and end; default: `SYNTHETIC_START` without end, or all of
            the cache.
        guard: called in the transaction that keeps the clock; raises when this process may not
            write any more.

    Raises:
        ValueError: an unknown source, symbol or speed, or nothing to replay; says which.
    """
    check_speed(speed)
    if source == POLYGON:
        return _polygon(symbols or DEMO_SYMBOLS, wall or SystemWall(), guard)
    if source == "synthetic":
        library: TapeLibrary = _synthetic(symbols or DEMO_SYMBOLS, seed, start_ms)
    elif source == "replay":
        library = _replay(symbols, start_ms, end_ms)
    else:
        raise ValueError(f"source {source!r} is not one of {', '.join(SOURCES)}")
    return PacedFeed(library, _clock(library, speed, wall or SystemWall(), guard))


def vendor(*, patience: Patience | None = None) -> PolygonRest:
    """The vendor's history, as the settings say how to reach it.

    Raises:
        NoKeyError: there is no key; says what does without.
    """
    access: Access = settings.VENDOR
    return PolygonRest(
        key=access.checked_key(),
        base_url=access.rest_url,
        adjusted=access.adjusted,
        patience=patience or Patience(),
    )


def make_synthetic_history(
    *, symbols: Sequence[str] = DEMO_SYMBOLS, seed: int, sessions: int, before_ms: int | None = None
) -> int:
    """Fill the cache with the synthetic sessions that precede the live ones; returns bars added.

    The same bars that the feed would have given. Sessions that have bars are left alone.
    """
    added = 0
    for row in ensure_synthetic_instruments(symbols):
        before = _first_open(row.calendar) if before_ms is None else before_ms
        added += _make_history(row, seed, sessions_before(row.calendar, before, sessions))
    return added


def _make_history(row: InstrumentRow, seed: int, sessions: Sequence[Session]) -> int:
    parts: list[BarColumns] = []
    for session in sessions:
        if len(read_chunks(row.symbol, "1m", session.open_ms, session.close_ms)):
            continue
        made = make_session(seed=seed, symbol=row.symbol, calendar=row.calendar, session=session)
        parts.append(made.minutes)
        record_gaps(FeedGap(row.symbol, start, end, LOST_REASON) for start, end in made.gaps)
    if parts:
        _cover(row.symbol, sessions, bars=sum(map(len, parts)))
    return upsert_bars(symbol=row.symbol, timeframe="1m", bars=BarColumns.concat(parts)).inserted


def _cover(symbol: str, sessions: Sequence[Session], *, bars: int) -> None:
    """Say whose bars these are, so that no vendor's get mixed with them."""
    Coverage.objects.create(
        instrument_id=symbol,
        timeframe="1m",
        source=SyntheticLibrary.name,
        start_ms=sessions[0].open_ms,
        end_ms=sessions[-1].close_ms,
        adjusted=False,
        bars=bars,
    )


def _first_open(calendar: str) -> int:
    return next_open(calendar, day_of(SYNTHETIC_START) * DAY_MS)


def _synthetic(symbols: Sequence[str], seed: int, start_ms: int | None) -> SyntheticLibrary:
    calendars = {row.symbol: row.calendar for row in ensure_synthetic_instruments(symbols)}
    start = min(map(_first_open, calendars.values())) if start_ms is None else start_ms
    return SyntheticLibrary(seed=seed, calendars=calendars, start_ms=start)


def _replay(symbols: Sequence[str], start_ms: int | None, end_ms: int | None) -> ReplayLibrary:
    ranges = data_ranges("1m")
    wanted = tuple(symbols) or tuple(sorted(ranges))
    lacking = [symbol for symbol in wanted if symbol not in ranges]
    if lacking or not wanted:
        raise ValueError(
            f"symbols: no minute bars to replay for {', '.join(lacking) or 'any symbol'}; "
            "import some with import_bars"
        )
    return ReplayLibrary(
        calendars={symbol: get_instrument(symbol).calendar for symbol in wanted},
        start_ms=min(ranges[each][0] for each in wanted) if start_ms is None else start_ms,
        end_ms=max(ranges[each][1] for each in wanted) if end_ms is None else end_ms,
    )


def _polygon(symbols: Sequence[str], wall: Wall, guard: Callable[[], None] | None) -> PolygonFeed:
    try:
        history, refill = vendor(), vendor(patience=Patience(budget=15.0, timeout=8.0))
        rows = [ensure_instrument(symbol=check_symbol(symbol)) for symbol in symbols]
        for row in rows:
            check_fits(history, row.symbol, "1m")
    except VendorError as error:
        raise ValueError(str(error)) from error
    now = wall.now_ms()
    state = ClockState(POLYGON, now, int(now), 1.0, realtime=True, market_ms=int(now))
    store = DatabaseClockStore(configured_speed=1.0, guard=guard)
    return PolygonFeed(
        [Listed(row.symbol, row.vendor_ticker, row.calendar) for row in rows],
        access=settings.VENDOR,
        history=history,
        refill=refill,
        clock=MarketClock(state, wall=wall, store=store),
        guard=guard,
    )


def _clock(
    library: TapeLibrary, speed: float, wall: Wall, guard: Callable[[], None] | None
) -> MarketClock:
    held = clock_of(library.name)
    commanded = Clock.objects.filter(source=library.name, configured_speed=speed).first()
    state = ClockState(
        source=library.name,
        anchor_wall_ms=wall.now_ms(),
        anchor_market_ms=library.start_ms,
        speed=commanded.speed if commanded is not None else speed,
        market_ms=held.market_ms if held is not None else library.start_ms,
    )
    return MarketClock(
        state, wall=wall, store=DatabaseClockStore(configured_speed=speed, guard=guard)
    )
