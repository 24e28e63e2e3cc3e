"""Bars over the REST interface of Polygon (now Massive).

`GET /v2/aggs/ticker/{ticker}/range/{n}/{unit}/{from}/{to}` gives bars in pages; `next_url` leads to
the next one. What comes back is believed only when it is whole: a body that is cut off, a page that
holds fewer bars than it says, a price that is no number, another ticker's page are fetched again
like a server that is down, within one budget of time for the whole range. When that is used up
nothing of the range is given, and the error names the range.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx
import numpy as np
import orjson
import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from coach.market.calendars import XNYS, day_of, zone
from coach.market.columns import DAY_MS, TIMEFRAME_MS, BarColumns
from coach.market.sources.access import VendorError, VendorRefusedError

log = structlog.get_logger(__name__)

NAME = "polygon"
UNITS = {"1m": "minute", "1d": "day"}
"""What is fetched; the other timeframes are resampled from minutes."""
PAGE_BARS = 50_000
"""As many base bars as the vendor puts into one page at most: more than a month of minutes."""
MAX_PAGES = 100
FIELDS = ("t", "o", "h", "l", "c", "v")
TRY_AGAIN = frozenset({408, 425, 429, 499})
BACK_OFF = wait_random_exponential(multiplier=0.5, max=20)
WORDS = 200


class _TryAgainError(Exception):
    """Something that may pass. `after` is how many seconds the vendor wants to be left alone."""

    def __init__(self, reason: str, *, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


@dataclass(frozen=True, slots=True)
class Range:
    """Bars with start_ms <= ts < end_ms (epoch ms UTC) of one instrument, under both its names."""

    symbol: str
    ticker: str
    timeframe: str
    start_ms: int
    end_ms: int
    calendar: str = XNYS

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe} from {_iso(self.start_ms)} to {_iso(self.end_ms)}"


@dataclass(frozen=True, slots=True, eq=False)
class Fetched:
    """A whole range. `bars` ascend strictly; `duplicates` were given again, `disordered` says that
    pages were not in order of time, `retries` how often something had to be asked again."""

    bars: BarColumns
    pages: int
    duplicates: int
    disordered: bool
    retries: int


class BarSource(Protocol):
    """Where history can be fetched."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def adjusted(self) -> bool:
        """Whether its prices are adjusted for splits."""

    def fetch(self, wanted: Range) -> Fetched:
        """All bars of a range; raises VendorError."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a range may take, and the clock that says so (seconds)."""

    budget: float = 180.0
    timeout: float = 20.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class PolygonRest:
    """The vendor. One instance may be used by one thread at a time."""

    key: str = field(repr=False)
    base_url: str
    adjusted: bool = True
    patience: Patience = field(default_factory=Patience)
    name: str = NAME
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=self.patience.timeout,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(self, wanted: Range) -> Fetched:
        """All bars of a range, in one budget of time.

        Raises:
            VendorRefusedError: the key, the plan or the ticker is wrong.
            VendorError: no whole answer came in time.
        """
        tries = _Tries(wanted, self.patience)
        pages = list(self._pages(wanted, tries))
        rows = [row for page in pages for row in page]
        bars, duplicates, disordered = _in_order(rows)
        if duplicates or disordered:
            log.warning("vendor_disorder", range=str(wanted), duplicates=duplicates)
        return Fetched(bars, len(pages), duplicates, disordered, tries.failed)

    def _pages(self, wanted: Range, tries: _Tries) -> Iterator[list[tuple[float, ...]]]:
        url: httpx.URL | None = httpx.URL(self.base_url).join(_path(wanted, adjusted=self.adjusted))
        seen: set[httpx.URL] = set()
        while url is not None:
            if url in seen or len(seen) == MAX_PAGES:
                raise VendorError(f"{wanted}: the pages of Polygon/Massive do not end")
            seen.add(url)
            rows, following = tries.call(self._page, url, wanted)
            yield rows
            url = None if following is None else self._trusted(following, wanted)

    def _trusted(self, following: str, wanted: Range) -> httpx.URL:
        """The next page's address, if the key may be sent there."""
        url, ours = httpx.URL(following), httpx.URL(self.base_url)
        if (url.scheme, url.host, url.port) != (ours.scheme, ours.host, ours.port):
            raise VendorError(f"{wanted}: next_url leads to another server ({url.host})")
        return url

    def _page(self, url: httpx.URL, wanted: Range) -> tuple[list[tuple[float, ...]], str | None]:
        try:
            answer = self._client.get(url)
        except httpx.TransportError as error:
            raise _TryAgainError(_reason(error)) from error
        if answer.status_code in TRY_AGAIN or answer.status_code >= 500:
            raise _TryAgainError(f"HTTP {answer.status_code}", after=_retry_after(answer))
        if answer.status_code != httpx.codes.OK:
            raise VendorRefusedError(
                f"{wanted}: Polygon/Massive refused: HTTP {answer.status_code}, "
                f"{_said(answer).replace(self.key, '***')}"
            )
        return _read_page(answer.content, wanted, adjusted=self.adjusted)


class _Tries:
    """Attempts within one range's budget."""

    def __init__(self, wanted: Range, patience: Patience) -> None:
        self._wanted = wanted
        self._patience = patience
        self._deadline = patience.now() + patience.budget
        self.failed = 0

    def call(self, function: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401  passes it on
        """The function's result, at the latest when the budget is used up.

        Raises:
            VendorError: it is used up; names the range and the last reason.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgainError),
            wait=_pause,
            stop=self._is_over,
            sleep=self._patience.sleep,
            before_sleep=self._note,
            reraise=True,
        )
        try:
            return retrying(function, *args)
        except _TryAgainError as error:
            raise VendorError(
                f"{self._wanted}: Polygon/Massive gave no whole answer within "
                f"{self._patience.budget:g} s, after {self.failed + 1} attempts; the last one: "
                f"{error}. Nothing of this range was kept; ask for it again later"
            ) from error

    def _is_over(self, state: RetryCallState) -> bool:
        return self._patience.now() + state.upcoming_sleep > self._deadline

    def _note(self, state: RetryCallState) -> None:
        self.failed += 1
        reason = state.outcome.exception() if state.outcome is not None else None
        log.info("vendor_asked_again", range=str(self._wanted), reason=str(reason))


def _pause(state: RetryCallState) -> float:
    """Full jitter; on top of what the vendor asks for, so that many clients do not come at once."""
    error = state.outcome.exception() if state.outcome is not None else None
    return BACK_OFF(state) + (error.after if isinstance(error, _TryAgainError) else 0.0)


# --- Asking ---------------------------------------------------------------------------------------


def _path(wanted: Range, *, adjusted: bool) -> str:
    first, last = wanted.start_ms, wanted.end_ms - 1
    bounds = (str(first), str(last))
    if wanted.timeframe == "1d":
        bounds = (_iso(first)[:10], _iso(last)[:10])
    query = httpx.QueryParams(adjusted=str(adjusted).lower(), sort="asc", limit=PAGE_BARS)
    ticker = httpx.URL("http://-").copy_with(path=f"/{wanted.ticker}").raw_path.decode()
    unit = UNITS[wanted.timeframe]
    return f"/v2/aggs/ticker{ticker}/range/1/{unit}/{bounds[0]}/{bounds[1]}?{query}"


def _reason(error: httpx.TransportError) -> str:
    words = "timed out" if isinstance(error, httpx.TimeoutException) else str(error)
    return f"{type(error).__name__}: {words}"[:WORDS]


def _retry_after(answer: httpx.Response) -> float:
    """Seconds of a Retry-After header, given as a number or as a date; 0 without a valid one."""
    text = answer.headers.get("Retry-After", "")
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return 0.0
    return max(0.0, (moment - datetime.now(moment.tzinfo or UTC)).total_seconds())


def _said(answer: httpx.Response) -> str:
    """The vendor's own words about a refusal."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return answer.reason_phrase
    if not isinstance(body, dict):
        return answer.reason_phrase
    return str(body.get("error") or body.get("message") or answer.reason_phrase)[:WORDS]


# --- Reading --------------------------------------------------------------------------------------


def _read_page(
    content: bytes, wanted: Range, *, adjusted: bool
) -> tuple[list[tuple[float, ...]], str | None]:
    """The rows of a page and where the next one is.

    Raises:
        _TryAgainError: the page is not whole, or not what was asked for.
    """
    try:
        page = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _TryAgainError(f"a page that is not JSON ({error})"[:WORDS]) from error
    if not isinstance(page, dict) or page.get("status") not in ("OK", "DELAYED"):
        raise _TryAgainError("a page without status OK")
    for name, asked in (("ticker", wanted.ticker), ("adjusted", adjusted)):
        if page.get(name, asked) != asked:
            raise _TryAgainError(f"a page with {name} {page[name]!r}, asked was {asked!r}")
    results = page.get("results") or []
    if not isinstance(results, list) or page.get("resultsCount", len(results)) != len(results):
        raise _TryAgainError(f"a page that is cut off: it says {page.get('resultsCount')} bars")
    following = page.get("next_url")
    if following is not None and not isinstance(following, str):
        raise _TryAgainError("a page whose next_url is no text")
    return [_read_row(each, wanted) for each in results], following


def _read_row(result: object, wanted: Range) -> tuple[float, ...]:
    if not isinstance(result, Mapping):
        raise _TryAgainError("a bar that is no object")
    for name in FIELDS:
        if not is_number(result.get(name)):
            raise _TryAgainError(f"a bar (t {result.get('t')}) whose {name} is no number")
    vwap = result.get("vw")
    if vwap is not None and not is_number(vwap):
        raise _TryAgainError(f"a bar (t {result['t']}) whose vw is no number")
    ts = bar_ts(int(result["t"]), wanted.timeframe, wanted.calendar)
    if not wanted.start_ms <= ts < wanted.end_ms:
        raise _TryAgainError(f"a bar (t {result['t']}) that was not asked for")
    return (ts, *(float(result[name]) for name in FIELDS[1:]), math.nan if vwap is None else vwap)


def is_number(value: object) -> bool:
    """Whether a JSON value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def bar_ts(vendor_ms: int, timeframe: str, calendar: str) -> int:
    """A bar's open as the house counts it: a day begins at 00:00 UTC of its session's date, where
    the vendor says midnight at the exchange."""
    if timeframe != "1d" or calendar != XNYS:
        return vendor_ms
    return day_of(datetime.fromtimestamp(vendor_ms / 1000, zone(calendar)).date()) * DAY_MS


def _in_order(rows: list[tuple[float, ...]]) -> tuple[BarColumns, int, bool]:
    """Rows as columns in order of time, how many were given again, and whether they were in order.

    Of a bar given twice the first stays, as everywhere in the house.
    """
    bars = BarColumns.of(rows)
    disordered = bool((np.diff(bars.ts) < 0).any())
    _, first = np.unique(bars.ts, return_index=True)
    return bars.take(first), len(bars) - len(first), disordered


# --- Names ----------------------------------------------------------------------------------------


def pieces(timeframe: str, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """A span cut at the months of UTC (at the years for days): what one request asks for."""
    step = TIMEFRAME_MS[timeframe]
    at = start_ms // step * step
    while at < end_ms:
        moment = datetime.fromtimestamp(at / 1000, UTC)
        month = moment.month % 12 + 1 if timeframe != "1d" else 1
        year = moment.year + (month == 1)
        stop = min(int(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1000), end_ms)
        yield at, stop
        at = stop


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")
