"""From a preset to a golden case: run it, look at a bar, promote a stretch, review it, write it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from coach.config.env import BASE_DIR
from tests.e2e.steps import SLOW, log_in, violations
from tests.running import Running

CASES = BASE_DIR / "golden" / "cases"
REVIEWER, PASSWORD = "reviewer", "a-long-passphrase-29"


def manage(app: Running, *command: str, **environment: str) -> str:
    """A management command on the running product's data."""
    dropped = {"DATABASE_URL", "REDIS_URL", "CI"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=BASE_DIR,
        env={**kept, "DATA_DIR": str(app.data_dir), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_preset(page: Page, name: str) -> None:
    page.goto("/backtest")
    page.get_by_role("button", name=f"Run {name}", exact=True).click()
    page.get_by_test_id("timeline").wait_for(timeout=2 * SLOW)


def test_a_preset_becomes_a_golden_case(
    page: Page, context: BrowserContext, app: Running, tmp_path: Path
) -> None:
    log_in(page)
    run_preset(page, "Core rules, a month")
    expect(page.get_by_test_id("figure-Triggers")).to_have_text(re.compile(r"\d"))
    expect(page.get_by_role("button", name="Proven")).to_be_visible()
    look_at_a_bar(page)
    name = promote(page, tmp_path)
    expect(page.get_by_text("waits for review").first).to_be_visible(timeout=2 * SLOW)
    page.goto("/golden")
    row = page.get_by_role("row", name=re.compile(name))
    expect(row).to_contain_text("waits for review", timeout=2 * SLOW)
    expect(row).to_contain_text("passes")

    accept(context, app, name)
    corpus = tmp_path / "cases"
    shutil.copytree(CASES, corpus)
    assert f"{name}.json" in manage(app, "golden", "promote", name, "--folder", str(corpus))
    assert json.loads((corpus / f"{name}.json").read_text())["source"] == "Made up; free."
    assert f"ok   {name}" in manage(app, "golden", "test", name, "--folder", str(corpus))


def look_at_a_bar(page: Page) -> None:
    """A click on the timeline shows that trigger on its bars."""
    timeline = page.get_by_test_id("timeline")
    timeline.focus()
    page.keyboard.press("ArrowRight")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(re.compile(r"LONG|SHORT"))
    expect(drawer.get_by_test_id("trigger-chart").locator("canvas").first).to_be_visible(
        timeout=SLOW
    )
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def promote(page: Page, folder: Path) -> str:
    """Promotes what the dialog proposes; the name of the candidate, whose file has been saved."""
    page.get_by_role("button", name="Promote as Golden").click()
    name = page.get_by_label("Name", exact=True).input_value()
    with page.expect_download(timeout=4 * SLOW) as downloading:
        page.get_by_role("button", name="Plant faults and promote").click()
    assert downloading.value.suggested_filename == f"{name}.json"
    saved = folder / "downloaded.json"
    downloading.value.save_as(saved)
    fixture = json.loads(saved.read_text())
    assert fixture["name"] == name
    assert fixture["expected"]["triggers"]
    assert fixture["mutation"]["killed"] >= 0.6 * fixture["mutation"]["of"]
    return name


def accept(context: BrowserContext, app: Running, name: str) -> None:
    """A reviewer finds the candidate in the admin and accepts it."""
    manage(
        app,
        *("createsuperuser", "--noinput", "--username", REVIEWER),
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    admin = context.browser.new_context(base_url=app.base_url).new_page()  # type: ignore[union-attr]
    admin.goto("/admin/")
    admin.get_by_label("Username").fill(REVIEWER)
    admin.get_by_label("Password").fill(PASSWORD)
    admin.get_by_role("button", name="Log in").click()
    admin.goto("/admin/golden/candidate/")
    admin.get_by_role("link", name=name).click()
    expect(admin.get_by_text(re.compile(r"\d+ of \d+ code mutants"))).to_be_visible()
    admin.get_by_label("Accept").check()
    admin.get_by_label(re.compile("^Source")).fill("Made up; free.")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text(re.compile("was changed successfully"))).to_be_visible()
    admin.context.close()


def _head(page: Page) -> Locator:
    """What was run, above its results."""
    title = page.get_by_role("heading", name=re.compile("1m$"))
    return page.locator("main header").filter(has=title)


@pytest.mark.is_refused
def test_a_refused_request_stands_at_its_field_and_an_own_preset_is_kept(page: Page) -> None:
    log_in(page)
    page.goto("/backtest")
    page.get_by_label("Fast period").fill("60")
    page.get_by_role("button", name="Run backtest").click()
    expect(page.get_by_role("alert")).to_contain_text("fast", timeout=2 * SLOW)
    expect(page.get_by_role("alert")).to_contain_text("Request ")
    page.get_by_label("Fast period").fill("9")
    page.get_by_role("button", name="Save as a preset").click()
    page.get_by_label("Name of the preset").fill("Nine over fifty")
    page.get_by_role("button", name="Save preset").click()
    own = page.get_by_role("button", name="Run Nine over fifty")
    own.click(timeout=2 * SLOW)
    expect(_head(page)).to_contain_text("EMA cross 9/50", timeout=2 * SLOW)
    page.reload()  # as one who follows a link to this run
    expect(page.get_by_label("Fast period")).to_have_value("9", timeout=2 * SLOW)


def test_a_sweep_says_how_many_it_tried_and_runs_the_variant_that_is_clicked(page: Page) -> None:
    log_in(page)
    page.goto("/backtest")
    page.get_by_text("Sweep", exact=True).click()
    page.get_by_role("button", name="Vary Fast period").click()
    page.get_by_role("button", name="Vary Slow period").click()
    page.get_by_role("button", name="Try 25 variants").click()
    tried = page.get_by_test_id("tried")
    expect(tried).to_have_text("23", timeout=2 * SLOW)  # two have fast ≥ slow
    heat = page.get_by_role("region", name="Expectancy over two parameters")
    heat.get_by_role("button").first.click()
    page.get_by_test_id("timeline").wait_for(timeout=2 * SLOW)
    expect(_head(page)).to_contain_text("EMA cross 10/24")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_pages_are_accessible(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    log_in(page)
    page.goto("/backtest")
    page.get_by_role("button", name="Run Core rules, a month", exact=True).wait_for(
        timeout=2 * SLOW
    )
    found = violations(page)
    run_preset(page, "Core rules through my gates")
    found += violations(page)
    page.get_by_role("button", name="Promote as Golden").click()
    page.get_by_role("button", name="Plant faults and promote").wait_for()
    found += violations(page)
    page.goto("/golden")
    page.get_by_role("button", name="ema_cross_long").click(timeout=2 * SLOW)
    page.get_by_role("link", name="Download the fixture").wait_for()
    assert found + violations(page) == []
