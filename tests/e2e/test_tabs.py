"""Several tabs of one browser: one of them holds the stream, all of them move."""

from __future__ import annotations

from urllib.parse import urlparse

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.e2e.steps import SLOW, counted, log_in, wait_for_bars
from tests.processes import wait_until

TABS = 8


def test_eight_tabs_share_one_stream(context: BrowserContext) -> None:
    opened: list[Request] = []
    context.on("request", lambda r: opened.append(r) if _is_stream(r) else None)
    pages = [context.new_page() for _ in range(TABS)]
    log_in(pages[0])
    for page in pages[1:]:
        page.goto("/")
    for page in pages:
        wait_for_bars(page)
    _all_move(pages)
    assert [_holder(request) for request in opened] == [pages[0]]
    wait_until(lambda: _streams(pages[0]) == 1, what="the server holds one stream", seconds=60)

    pages[0].close()
    left = pages[1:]
    _all_move(left)
    assert len(opened) == 2
    assert _holder(opened[1]) in left
    wait_until(lambda: _streams(left[0]) == 1, what="the closed tab's stream has ended", seconds=60)


def _is_stream(request: Request) -> bool:
    return urlparse(request.url).path == "/api/stream"


def _holder(request: Request) -> Page:
    return request.frame.page


def _all_move(pages: list[Page]) -> None:
    """In every page a price changes, and the market's clock with it."""
    parts = [part for page in pages for part in (_watchlist(page), _clock(page))]
    before = [part.text_content() or "" for part in parts]
    for part, text in zip(parts, before, strict=True):
        expect(part).not_to_have_text(text, timeout=SLOW)


def _watchlist(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Watchlist")


def _clock(page: Page) -> Locator:
    return page.get_by_test_id("market-clock")


def _streams(page: Page) -> int:
    """Streams that the server holds open."""
    return counted(page, "sse_clients")
