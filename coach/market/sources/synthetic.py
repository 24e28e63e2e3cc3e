"""A made-up market: one-second bars as a pure function of (seed, symbol, session).

Nothing is remembered from one session to the next, so any session of any year is made at once,
and the same seed gives the same bytes. How a session comes about:

- *Closes* of the days are a Brownian bridge over blocks of 256 days between levels near the
  symbol's base price, found by bisection: prices wander, but never far, and no day needs the day
  before. A part of it is common to all symbols.
- *The open* is the previous close with a gap; now and then a large one.
- *Minutes* walk from open to close, wilder near both; spells of trend (with drift) and of range
  (drawn back to a level) take turns.
- *Seconds* are a Brownian bridge inside each minute, rounded to ticks. Not every second trades,
  some spells are quiet altogether, and rarely the feed loses whole minutes (`gaps`).

Minute bars are aggregated from the very seconds.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.market.calendars import ALWAYS, Session, session_table
from coach.market.columns import BarColumns, aggregate
from coach.market.sources.paced import Tape

GENERATOR = "synthetic-1"
"""Names the recipe; another recipe gives other bars and needs another name."""
MINUTE_MS = 60_000
LOST_REASON = "the synthetic feed dropped these minutes"
SECONDS = 60
BLOCK_DAYS = 256
MARKET_VOLATILITY = 0.007
MARKET_SHARE = 0.5
"""Share of a minute's variance that is common to all symbols."""
TREND_DRIFT = 0.16
RANGE_PULL = 0.05
REGIME_MINUTES = {"range": 32.0, "trend": 20.0}
LARGE_GAP_CHANCE = 1 / 15
GAP_CHANCE = 0.03
OUTAGE_CHANCE = 0.02
"""Chances a session that the feed loses one symbol's minutes, and everybody's."""

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a made-up symbol is like.

    `volatility` is the standard deviation of a day's log return beyond the market's, `beta` the
    share it takes in that, `activity` the chance that an average second trades, `volume` the
    shares of an average minute, `quiet` the expected spells without a trade in a session.
    """

    symbol: str
    name: str
    price: float
    volatility: float
    beta: float
    activity: float
    volume: float
    quiet: float
    tick_size: float = 0.01
    asset_class: str = "equity"


LISTINGS: dict[str, Listing] = {
    each.symbol: each
    for each in (
        Listing("SPY", "S&P 500 ETF", 512.0, 0.002, 1.0, 0.97, 95_000, 0.2, asset_class="fund"),
        Listing("AAPL", "Apple", 214.0, 0.010, 1.1, 0.94, 110_000, 0.3),
        Listing("MSFT", "Microsoft", 428.0, 0.009, 1.0, 0.90, 48_000, 0.5),
        Listing("NVDA", "NVIDIA", 131.0, 0.019, 1.7, 0.97, 420_000, 0.2),
        Listing("TSLA", "Tesla", 246.0, 0.024, 1.6, 0.95, 160_000, 0.3),
        Listing("AMD", "Advanced Micro Devices", 158.0, 0.020, 1.5, 0.85, 62_000, 1.0),
        Listing("X:BTCUSD", "Bitcoin", 64_000.0, 0.022, 0.8, 0.70, 14, 2.0, asset_class="crypto"),
    )
}
DEMO_SYMBOLS = ("SPY", "AAPL", "MSFT", "NVDA", "TSLA", "AMD")


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticSession:
    """One session of one symbol. `gaps` are spans [start_ms, end_ms) that the feed lost."""

    seconds: BarColumns
    minutes: BarColumns
    gaps: tuple[tuple[int, int], ...]


def listing_of(symbol: str) -> Listing:
    """The listing of a symbol; one that nobody described gets its character from its name."""
    if symbol in LISTINGS:
        return LISTINGS[symbol]
    draw = np.random.Generator(np.random.PCG64(_number("listing", symbol)))
    return Listing(
        symbol=symbol,
        name=symbol,
        price=round(float(np.exp(draw.uniform(math.log(20), math.log(500)))), 2),
        volatility=float(draw.uniform(0.008, 0.025)),
        beta=float(draw.uniform(0.6, 1.6)),
        activity=float(draw.uniform(0.6, 0.95)),
        volume=float(np.exp(draw.uniform(math.log(10_000), math.log(150_000)))),
        quiet=float(draw.uniform(0.2, 1.5)),
    )


def make_session(*, seed: int, symbol: str, calendar: str, session: Session) -> SyntheticSession:
    """Every bar of a session; the same for the same arguments, on any day and after any other."""
    listing = listing_of(symbol)
    draw = _generator(seed, symbol, session)
    count = session.minutes
    knots = _minute_path(seed, listing, calendar, session, draw)
    path = _second_path(knots, _minute_sigma(listing, count, calendar), draw)
    seconds = _trades(path, listing, session, calendar, draw)
    gaps = _lost_spans(seed, session, draw)
    keep = np.ones(len(seconds), np.bool_)
    for start, end in gaps:
        keep &= (seconds.ts < start) | (seconds.ts >= end)
    seconds = seconds.take(keep)
    return SyntheticSession(seconds, aggregate(seconds, MINUTE_MS), gaps)


def daily_close(*, seed: int, symbol: str, day: int) -> float:
    """The symbol's price level at the end of a day (days since 1970-01-01), not yet in ticks."""
    listing = listing_of(symbol)
    common = _level(seed, "the market", day, MARKET_VOLATILITY)
    own = _level(seed, symbol, day, listing.volatility)
    return listing.price * math.exp(listing.beta * common + own)


# --- Randomness that depends on its name alone ---------------------------------------------------


def _number(*parts: object) -> int:
    text = "|".join(str(part) for part in (GENERATOR, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")


def _generator(seed: int, name: str, session: Session) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_number(seed, name, session.date)))


def _normal(*parts: object) -> float:
    """One standard normal draw, by Box and Muller's formula."""
    number = _number(*parts)
    first = ((number & (2**52 - 1)) + 1) / (2**52 + 1)
    second = (number >> 64 & (2**52 - 1)) / 2**52
    return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)


# --- From days to minutes to seconds -------------------------------------------------------------


def _level(seed: int, name: str, day: int, sigma: float) -> float:
    """A log level on a day: a Brownian bridge of `sigma` a day between the ends of its block."""
    block, target = divmod(day, BLOCK_DAYS)
    spread = 5 * sigma
    low, high = 0, BLOCK_DAYS
    left, right = (spread * _normal(seed, name, "block", each) for each in (block, block + 1))
    while target != low:
        middle = (low + high) // 2
        deviation = sigma * math.sqrt((middle - low) * (high - middle) / (high - low))
        value = (left + right) / 2 + deviation * _normal(seed, name, block, middle)
        if target < middle:
            high, right = middle, value
        else:
            low, left = middle, value
    return left


def _previous_day(calendar: str, session: Session) -> int:
    """Date (as days) of the session before; the day before where the calendar begins."""
    table = session_table(calendar, session.open_ms - 12 * 86_400_000, session.open_ms)
    return int(table.day[-1]) if len(table) else session.day - 1


def _open_price(seed: int, listing: Listing, calendar: str, session: Session) -> float:
    previous = _previous_day(calendar, session)
    close = daily_close(seed=seed, symbol=listing.symbol, day=previous)
    sigma = _day_sigma(listing)
    if calendar == ALWAYS:
        return close
    number = _number(seed, listing.symbol, session.date, "gap")
    size = 1.3 if number % 1_000_003 / 1_000_003 < LARGE_GAP_CHANCE else 0.3
    gap = size * sigma * _normal(seed, listing.symbol, session.date, "gap size")
    return close * math.exp(gap)


def _day_sigma(listing: Listing) -> float:
    return math.hypot(listing.volatility, listing.beta * MARKET_VOLATILITY)


def _minute_sigma(listing: Listing, count: int, calendar: str) -> Float64:
    """Standard deviation of each minute's log return: large after the open and before the close."""
    at = np.arange(count, dtype=np.float64)
    if calendar == ALWAYS:
        weight: Float64 = 1 + 0.35 * np.sin(2 * np.pi * (at / count - 0.35))
    else:
        weight = 0.6 + 2.2 * np.exp(-at / 22) + 0.8 * np.exp(-(count - 1 - at) / 18)
    sigma: Float64 = 0.8 * _day_sigma(listing) * np.sqrt(weight / weight.sum())
    return sigma


def _minute_path(
    seed: int, listing: Listing, calendar: str, session: Session, draw: np.random.Generator
) -> Float64:
    """Log price at the minutes' ends, the open first: `count` + 1 knots."""
    count = session.minutes
    common = _generator(seed, "the market", session).standard_normal(count)
    share = MARKET_SHARE if listing.beta else 0.0
    mixed = math.sqrt(share) * common + math.sqrt(1 - share) * draw.standard_normal(count)
    sigma = _minute_sigma(listing, count, calendar) * math.exp(0.25 * draw.standard_normal())
    trend = _regimes(count, draw)
    start = math.log(_open_price(seed, listing, calendar, session))
    end = math.log(daily_close(seed=seed, symbol=listing.symbol, day=session.day))
    path = np.empty(count + 1)
    path[0] = value = anchor = start
    before = 0.0
    for index, (shock, scale, drift) in enumerate(
        zip((mixed * sigma).tolist(), sigma.tolist(), trend.tolist(), strict=True)
    ):
        if drift != before:
            anchor, before = value, drift
        pull = TREND_DRIFT * drift * scale if drift else RANGE_PULL * (anchor - value)
        value += shock + pull
        path[index + 1] = value
    clock = np.concatenate(([0.0], np.cumsum(sigma**2)))
    bridged: Float64 = path + (end - value) * clock / clock[-1]
    return bridged


def _regimes(count: int, draw: np.random.Generator) -> Float64:
    """Each minute's drift: -1, 0 (range) or +1; ranges and trends take turns."""
    drift = np.zeros(count)
    at, ranging = 0, bool(draw.random() < 0.5)
    while at < count:
        mean = REGIME_MINUTES["range" if ranging else "trend"]
        length = 5 + int(draw.exponential(mean - 5))
        drift[at : at + length] = 0.0 if ranging else draw.choice((-1.0, 1.0))
        at, ranging = at + length, not ranging
    return drift


def _second_path(knots: Float64, sigma: Float64, draw: np.random.Generator) -> Float64:
    """Log price at the seconds' ends, the open first."""
    steps = draw.standard_normal((len(sigma), SECONDS)) * (sigma / math.sqrt(SECONDS))[:, None]
    walk = np.cumsum(steps, axis=1)
    share = np.arange(1, SECONDS + 1) / SECONDS
    target = np.diff(knots)
    bridge = walk + (target - walk[:, -1])[:, None] * share + knots[:-1, None]
    return np.concatenate((knots[:1], bridge.ravel()))


def _trades(
    path: Float64, listing: Listing, session: Session, calendar: str, draw: np.random.Generator
) -> BarColumns:
    """The seconds that trade, in ticks and whole shares."""
    count = len(path) - 1
    profile = np.repeat(_volume_profile(session.minutes, calendar), SECONDS)
    quiet = 1 - np.minimum(0.995, listing.activity * profile**0.25)
    keep = (draw.random(count) >= quiet) & ~_quiet_spells(count, listing, draw)
    at = np.flatnonzero(keep)
    tick = listing.tick_size
    ticks = np.exp(path) / tick
    opened = np.rint(ticks[at] + draw.uniform(-0.5, 0.5, len(at)))
    closed = np.rint(ticks[at + 1] + draw.uniform(-0.5, 0.5, len(at)))
    high = np.maximum(opened, closed) + np.floor(draw.exponential(0.45, len(at)))
    low = np.minimum(opened, closed) - np.floor(draw.exponential(0.45, len(at)))
    low = np.maximum(low, 1.0)
    decimals = max(0, -math.floor(math.log10(tick) + 1e-9))
    prices = [np.round(each * tick, decimals) for each in (opened, high, low, closed)]
    mean = np.round((opened + high + low + closed) / 4 * tick, decimals + 4)
    volume = _volumes(at, path, profile, listing, draw)
    ts = session.open_ms + at.astype(np.int64) * 1000
    vwap = np.clip(mean, prices[2], prices[1])
    return BarColumns(ts, prices[0], prices[1], prices[2], prices[3], volume, vwap)


def _volume_profile(count: int, calendar: str) -> Float64:
    """Volume of each minute relative to the session's mean: a U with a higher left arm."""
    at = np.arange(count, dtype=np.float64)
    if calendar == ALWAYS:
        shape: Float64 = 1 + 0.4 * np.sin(2 * np.pi * (at / count - 0.35))
    else:
        shape = 0.55 + 2.6 * np.exp(-at / 14) + 1.9 * np.exp(-(count - 1 - at) / 9)
        shape += 0.25 * ((at / count - 0.5) * 2) ** 2
    profile: Float64 = shape / shape.mean()
    return profile


def _volumes(
    at: NDArray[np.int64],
    path: Float64,
    profile: Float64,
    listing: Listing,
    draw: np.random.Generator,
) -> Float64:
    """Shares of each second: more when the price moves, skewed; many are round lots."""
    move = np.abs(np.diff(path))
    size = move[at] / (np.median(move) + 1e-12)
    spell = np.exp(0.5 * draw.standard_normal(len(profile) // SECONDS))[at // SECONDS]
    mean = listing.volume / SECONDS * profile[at] * (0.5 + 0.4 * np.minimum(size, 6)) * spell
    raw = mean * np.exp(draw.standard_normal(len(at)) - 0.5)
    if listing.volume < 1000:  # a market that trades in fractions
        fractions: Float64 = np.maximum(np.round(raw, 5), 0.00001)
        return fractions
    lots = np.ceil(raw / 100) * 100
    odd = np.maximum(np.rint(raw), 1.0)
    shares: Float64 = np.where(draw.random(len(at)) < 0.45, lots, odd)
    return shares


def _quiet_spells(count: int, listing: Listing, draw: np.random.Generator) -> NDArray[np.bool_]:
    """Seconds of spells in which nobody trades, away from the open and the close."""
    quiet = np.zeros(count, np.bool_)
    for _ in range(int(draw.poisson(listing.quiet))):
        start = int(draw.uniform(0.15, 0.85) * count)
        quiet[start : start + int(draw.uniform(70, 220))] = True
    return quiet


def _lost_spans(
    seed: int, session: Session, draw: np.random.Generator
) -> tuple[tuple[int, int], ...]:
    """Whole minutes that the feed lost: this symbol's own, and those that everybody lost."""
    everybody = np.random.Generator(np.random.PCG64(_number(seed, "outage", session.date)))
    spans = [
        span
        for source, chance in ((draw, GAP_CHANCE), (everybody, OUTAGE_CHANCE))
        if (span := _lost_span(session, source, chance)) is not None
    ]
    return tuple(_merged(spans))


def _lost_span(
    session: Session, draw: np.random.Generator, chance: float
) -> tuple[int, int] | None:
    happens, where, length = draw.random(), draw.uniform(0.1, 0.85), int(draw.integers(2, 7))
    if happens >= chance:
        return None
    start = session.open_ms + int(where * session.minutes) * MINUTE_MS
    return start, start + length * MINUTE_MS


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# --- As a feed ------------------------------------------------------------------------------------


class SyntheticLibrary:
    """Sessions made on demand, without end."""

    name = "synthetic"
    end_ms: int | None = None

    def __init__(self, *, seed: int, calendars: Mapping[str, str], start_ms: int) -> None:
        self.calendars = calendars
        self.start_ms = start_ms
        self._seed = seed

    def load(self, symbol: str, session: Session) -> Tape:
        """A session's bars."""
        made = make_session(
            seed=self._seed, symbol=symbol, calendar=self.calendars[symbol], session=session
        )
        gaps = tuple((start, end, LOST_REASON) for start, end in made.gaps)
        return Tape(minutes=made.minutes, seconds=made.seconds, gaps=gaps)
