"""The running product and a real Chromium, for journeys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.running import Running, running

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


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
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    assert program, f"none of {', '.join(names)} is installed"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, app: Running) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    fresh = browser.new_context(
        base_url=app.base_url, viewport={"width": 1440, "height": 900}, locale="en-US"
    )
    yield fresh
    fresh.close()


def _is_complaint(message: ConsoleMessage) -> bool:
    """An error, but for the browser's own note that nobody is logged in yet (401)."""
    return message.type == "error" and "401" not in message.text


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console is clean at the end: no error, no violation of the content policy."""
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda m: complaints.append(m.text) if _is_complaint(m) else None)
    tab.on("pageerror", lambda e: complaints.append(str(e)))
    yield tab
    assert complaints == []
