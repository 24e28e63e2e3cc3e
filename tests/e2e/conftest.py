"""The running product and a real Chromium, for journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.e2e.chromium import launch
from tests.e2e.steps import SLOW
from tests.running import Running, running

expect.set_options(timeout=SLOW)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a journey."""
    for item in items:
        if "tests/e2e" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product with its demo market, faster than a trader would run it."""
    with running(tmp_path_factory.mktemp("journey") / "data", {"SPEED": "60"}) as product:
        yield product


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


def _is_complaint(message: ConsoleMessage, *, offline: bool, refused: bool) -> bool:
    """An error, but for the browser's own notes that nobody is logged in (401) or reached."""
    if message.type != "error" or "401" in message.text:
        return False
    if refused and "status of 400" in message.text:
        return False
    return not (offline and "Failed to load resource" in message.text)


@pytest.fixture
def context(
    browser: Browser, app: Running, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """A fresh browser profile whose consoles are clean at the end.

    No error and no violation of the content policy, in any of its pages; a test that is marked
    `goes_offline` may have requests that nobody answered, one marked `is_refused` such that were
    answered with 400.
    """
    fresh = browser.new_context(
        base_url=app.base_url, viewport={"width": 1440, "height": 900}, locale="en-US"
    )
    offline = request.node.get_closest_marker("goes_offline") is not None
    refused = request.node.get_closest_marker("is_refused") is not None
    complaints: list[str] = []
    fresh.set_default_timeout(SLOW)
    fresh.on(
        "console",
        lambda m: (
            complaints.append(m.text)
            if _is_complaint(m, offline=offline, refused=refused)
            else None
        ),
    )
    fresh.on("weberror", lambda e: complaints.append(str(e.error)))
    yield fresh
    fresh.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of it."""
    return context.new_page()
