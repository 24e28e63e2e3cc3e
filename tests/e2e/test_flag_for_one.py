"""A flag that is switched on for one user in the admin changes that user's governor alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.api import Api
from tests.e2e.steps import SLOW, log_in
from tests.e2e.test_backtest_page import manage
from tests.running import Running

FLAG = "enableRiskGovernorV2"
RULE = "ema_cross"
CHOSEN, OTHER, ADMIN, PASSWORD = "chosen", "other", "switcher", "a-long-passphrase-31"
# V2, or V1 in its place until a calibration stands on enough evidence, and it says so.
V2_ANSWERS = re.compile(r"V2 needs (100|#) matured signals|EV ([-−]?\d|#)")
NUMBER = re.compile(r"(?<![A-Za-z])-?\d[\d.]*")
COOLDOWN = re.compile(r"^cooldown( # (h|min|s))+(: # × #)?$")
MAKE = f"""
from coach.accounts.models import User
for name in ({CHOSEN!r}, {OTHER!r}):
    User.objects.create_user(name, password={PASSWORD!r})
"""


@pytest.fixture
def traders(browser: Browser, app: Running) -> Iterator[tuple[Page, Page]]:
    """Pages of two traders, each in a browser of its own."""
    manage(app, "shell", "-c", MAKE)
    manage(
        app,
        *("createsuperuser", "--noinput", "--username", ADMIN),
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    contexts = [
        browser.new_context(
            base_url=app.base_url, viewport={"width": 1440, "height": 900}, locale="en-US"
        )
        for _ in range(2)
    ]
    pages = [context.new_page() for context in contexts]
    for page, name in zip(pages, (CHOSEN, OTHER), strict=True):
        log_in(page, username=name, password=PASSWORD)
    yield pages[0], pages[1]
    for context in contexts:
        context.close()


def switch(browser: Browser, app: Running) -> None:
    """An admin adds the chosen trader to the flag's users."""
    context = browser.new_context(base_url=app.base_url, locale="en-US")
    admin = context.new_page()
    admin.goto("/admin/")
    admin.get_by_label("Username").fill(ADMIN)
    admin.get_by_label("Password").fill(PASSWORD)
    admin.get_by_role("button", name="Log in").click()
    admin.goto("/admin/flags/flag/")
    admin.get_by_role("link", name=FLAG).click()
    admin.locator(".field-users .select2-search__field").fill(CHOSEN)
    admin.get_by_role("option", name=re.compile(CHOSEN)).click(timeout=SLOW)
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text(re.compile("was changed successfully"))).to_be_visible(timeout=SLOW)
    context.close()


@dataclass(frozen=True, slots=True)
class Governed:
    """What governs a trader's rule: the flag, the governor and what its gates say."""

    flag: bool
    governor: str
    reasons: list[str]


def governed(page: Page) -> Governed:
    """As this page's user is governed now.

    Without the numbers, and a cooldown without what makes it up (at score 0 there is nothing to
    say about that): the market goes on, and scores with it.
    """
    api = Api(page)
    preview = api.get("/api/risk/preview", ruleId=RULE)
    numberless = [NUMBER.sub("#", reason) for reason in preview["reasons"]]
    return Governed(
        api.get("/api/flags")[FLAG],
        preview["governor"],
        [COOLDOWN.sub("cooldown", reason) for reason in numberless],
    )


def test_the_second_governor_comes_to_one_user_alone(
    browser: Browser, app: Running, traders: tuple[Page, Page]
) -> None:
    chosen, other = traders
    before = [governed(page) for page in traders]
    assert [one.flag for one in before] == [False, False]
    assert [one.governor for one in before] == ["v1", "v1"]
    assert not any(V2_ANSWERS.search(reason) for one in before for reason in one.reasons)

    switch(browser, app)

    after = governed(chosen)
    assert after.flag
    assert any(V2_ANSWERS.search(reason) for reason in after.reasons), after.reasons
    assert governed(other) == before[1]

    for page in traders:
        page.goto(f"/rules?rule={RULE}")
        expect(page.get_by_role("heading", name="Gates now")).to_be_visible(timeout=2 * SLOW)
    expect(chosen.get_by_text(V2_ANSWERS).first).to_be_visible(timeout=SLOW)
    expect(other.get_by_text("confidence from").first).to_be_visible(timeout=SLOW)
    expect(other.get_by_text(V2_ANSWERS)).to_have_count(0)
    chosen.screenshot(path=app.data_dir / "flag-chosen.png")
    other.screenshot(path=app.data_dir / "flag-other.png")
