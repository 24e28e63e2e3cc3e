"""The vendor's REST side: aggregates in pages, and what can go wrong with them.

Shapes as recorded from the real one: `results` is absent when there are none, errors are
`{"status": "ERROR", "request_id", "error"}`, the cursor of `next_url` is opaque.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
KEY = "vendor-key-of-the-tests"
MINUTE = 60_000
DAY = 86_400_000
UNITS = {"minute": MINUTE, "day": DAY}


@dataclass(slots=True)
class Fault:
    """What happens to one answer. `change` rewrites a page, `body` replaces its bytes."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: str = ""
    change: Callable[[Json], Json] | None = None
    body: Callable[[bytes], bytes] | None = None
    cut: bool = False
    """Close the connection in the middle of the body."""
    stall: float = 0.0
    """Seconds without a byte."""


@dataclass(slots=True)
class Request:
    """What was asked. `authorized`: with the right key in the header."""

    path: str
    query: dict[str, str]
    authorized: bool
    ticker: str = ""
    span: tuple[int, int] = (0, 0)


class RestServer:
    """One REST server on a port of its own."""

    def __init__(self, *, port: int = 0, page: int = 50_000) -> None:
        self.bars: dict[str, list[Json]] = {}
        self.days: dict[str, list[Json]] = {}
        self.faults: deque[Fault | None] = deque()
        """One for each answer to come; None leaves that one alone."""
        self.always: Fault | None = None
        """For every answer, once `faults` are used up."""
        self.requests: list[Request] = []
        self.page = page
        self.visible_ms: Callable[[], int] = lambda: 2**53
        """Bars that open at or after this moment are not published yet."""
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                vendor._answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self) -> list[tuple[int, int]]:
        """The spans [from, to] of the requests, each next page counted too."""
        return [request.span for request in self.requests]

    # --- answering --------------------------------------------------------------------------------

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        authorized = handler.headers.get("Authorization") == f"Bearer {KEY}"
        request = Request(parts.path, query, authorized)
        self.requests.append(request)
        fault = self.faults.popleft() if self.faults else self.always
        if not authorized:
            fault = Fault(401, error="Unknown API Key")
        if fault is not None and fault.stall:
            time.sleep(fault.stall)  # the fault itself: a server that does not answer
        page = self._page(request)
        if fault is not None and fault.status != 200:
            page = {"status": "ERROR", "request_id": "r", "error": fault.error or "oops"}
        if fault is not None and fault.change is not None:
            page = fault.change(page)
        body = json.dumps(page).encode()
        if fault is not None and fault.body is not None:
            body = fault.body(body)
        self._send(handler, body, fault or Fault())

    def _send(self, handler: BaseHTTPRequestHandler, body: bytes, fault: Fault) -> None:
        try:
            handler.send_response(fault.status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            for name, value in fault.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2] if fault.cut else body)
            handler.close_connection = handler.close_connection or fault.cut
        except OSError:
            handler.close_connection = True  # the client gave up waiting

    def _page(self, request: Request) -> Json:
        _, _, _, _, ticker, _, _, unit, first, last = request.path.split("/")
        request.ticker = unquote(ticker)
        request.span = _moment(first, end=False), _moment(last, end=True)
        rows = (self.days if unit == "day" else self.bars).get(request.ticker, [])
        visible = self.visible_ms()
        found = [
            row
            for row in rows
            if request.span[0] <= row["t"] <= request.span[1] and row["t"] < visible
        ]
        if request.query.get("sort") == "desc":
            found.reverse()
        at = int(base64.b64decode(request.query.get("cursor", "MA==")))
        size = min(self.page, int(request.query.get("limit", "5000")))
        page: Json = {
            "ticker": request.ticker,
            "queryCount": len(found[at : at + size]),
            "resultsCount": len(found[at : at + size]),
            "adjusted": request.query.get("adjusted", "true") == "true",
            "status": "OK",
            "request_id": "6a7e466379af0a71039d60cc78e72282",
            "count": len(found[at : at + size]),
        }
        if found[at : at + size]:
            page["results"] = [dict(row) for row in found[at : at + size]]
        if at + size < len(found):
            cursor = base64.b64encode(str(at + size).encode()).decode()
            kept = {name: value for name, value in request.query.items() if name != "cursor"}
            rest = "&".join(f"{name}={value}" for name, value in kept.items())
            page["next_url"] = f"{self.url}{request.path}?{rest}&cursor={cursor}"
        return page


def _moment(text: str, *, end: bool) -> int:
    if text.isdigit():
        return int(text)
    day = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    # The vendor's day begins at midnight at the exchange, which is later than in UTC.
    return day + (2 * DAY - 1 - 12 * 3_600_000 if end else 0)


def aggregate(ts: int, prices: Iterable[float], volume: float, vwap: float | None = None) -> Json:
    """A bar as REST gives it."""
    open_, high, low, close = prices
    row = {"v": volume, "o": open_, "c": close, "h": high, "l": low, "t": ts, "n": 7}
    return row if vwap is None else row | {"vw": vwap}
