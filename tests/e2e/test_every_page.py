"""What holds on every page alike, and on everything that can be opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.layout import beside, faint
from tests.e2e.motion import motion, watch_motion
from tests.e2e.steps import replay, violations
from tests.e2e.targets import DESK, PHONE, overlapping, too_small
from tests.e2e.views import every_view


@pytest.fixture(autouse=True)
def _market_moves_on(page: Page) -> Iterator[None]:
    """A journey that has paused the market leaves it running for the next."""
    yield
    replay(page, "resume")


def with_faults(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The views where something was found."""
    return {view: faults for view, faults in found.items() if faults}


def test_on_a_dark_phone_every_control_can_be_hit_and_nothing_lies_beside_the_page(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    views = every_view(page)  # what lies beside it is looked for first: the other moves the page
    found = {
        view: beside(page) + too_small(page, PHONE) + overlapping(page) + violations(page)
        for view in views
    }
    assert with_faults(found) == {}


def test_at_a_light_desk_the_same_and_all_is_clear_and_still_for_one_who_wants_no_motion(
    page: Page, context: BrowserContext
) -> None:
    """All in one walk: it takes most of a minute."""
    page.set_viewport_size({"width": 1440, "height": 844})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    watch_motion(context)
    views = every_view(page)
    found = {
        view: beside(page)
        + too_small(page, DESK)
        + overlapping(page)
        + faint(page)
        + motion(page)
        + violations(page)
        for view in views
    }
    assert with_faults(found) == {}
