"""The journal, as a trader keeps it: a broker's export comes in and moves what a rule is worth."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.steps import log_in
from tests.running import Running

NEW_YORK = ZoneInfo("America/New_York")
FLEX_HEADER = (
    "ClientAccountID,CurrencyPrimary,AssetClass,Symbol,TradeID,DateTime,TradeDate,TransactionType,"
    "Exchange,Quantity,TradePrice,IBCommission,Open/CloseIndicator,Buy/Sell,IBExecID,LevelOfDetail"
)


def untaken_alerts(page: Page, count: int) -> list[dict[str, Any]]:
    """Alerts of the demo's history that no trade was made of, each alone within its minutes."""
    alerts = page.request.get("/api/alerts?delivered=true&limit=200").json()["results"]
    trades = page.request.get("/api/journal/trades?limit=200").json()["results"]
    taken = {trade["signalId"] for trade in trades}
    free = [alert for alert in alerts if alert["signalId"] not in taken and alert["demo"]]
    keys = [(alert["symbol"], alert["direction"], alert["ts"] // 900_000) for alert in free]
    alone = [alert for alert, key in zip(free, keys, strict=True) if keys.count(key) == 1]
    assert len(alone) >= count
    return alone[:count]


def flex_lines(alert: dict[str, Any], number: int) -> list[str]:
    """The two executions of a trade on an alert, as a Flex Query of trades has them."""
    fired = datetime.fromisoformat(alert["decidedAt"]).astimezone(NEW_YORK)
    bought = alert["direction"] == "long"
    entry, unit = alert["price"], alert["levels"]["unit"]
    target = entry + (2 if bought else -2) * unit
    sides = [("BUY", 100, "O"), ("SELL", -100, "C")]
    if not bought:
        sides = [("SELL", -100, "O"), ("BUY", 100, "C")]
    return [
        f"U0000001,USD,STK,{alert['symbol']},{number}{leg},{at:%Y%m%d;%H%M%S},{at:%Y%m%d},"
        f"ExchTrade,ARCA,{quantity},{price:.4f},-1,{effect},{side},exec{number}.{leg},EXECUTION"
        for leg, (at, price, (side, quantity, effect)) in enumerate(
            zip(
                (fired + timedelta(seconds=20), fired + timedelta(minutes=8)),
                (entry, target),
                sides,
                strict=True,
            )
        )
    ]


def rule_row(page: Page, title: str) -> Locator:
    row = page.get_by_test_id("by-rule").locator("tbody tr").filter(has_text=title)
    expect(row).to_have_count(1, timeout=20_000)
    return row


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def test_a_brokers_file_moves_the_expectancy_of_the_rules_that_were_traded(
    page: Page, app: Running
) -> None:
    log_in(page)
    alerts = untaken_alerts(page, 3)
    csv = "\n".join(
        [FLEX_HEADER, *(line for n, alert in enumerate(alerts) for line in flex_lines(alert, n))]
    )
    rules = {rule["ruleId"]: rule["title"] for rule in page.request.get("/api/rules").json()}
    traded = alerts[0]["ruleId"]
    more = sum(alert["ruleId"] == traded for alert in alerts)
    before = page.request.get("/api/journal/stats").json()["byRule"]
    count = next((group["n"] for group in before if group["key"] == traded), 0)

    page.goto("/journal?tab=trades")
    page.get_by_role("button", name="Import a file").first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "flex.csv", "mimeType": "text/csv", "buffer": csv.encode()}
    )
    summary = page.get_by_test_id("import-summary")
    expect(summary).to_contain_text(
        "Interactive Brokers, Flex Query: Trades: 3 new", timeout=20_000
    )
    expect(page.get_by_text(re.compile("taken on an alert of")).first).to_be_visible()
    page.screenshot(path=app.data_dir / "journal-preview.png")
    page.get_by_role("button", name="Save 3 trades").click()
    expect(page.get_by_text("3 trades saved from")).to_be_visible(timeout=20_000)

    open_tab(page, "Breakdown")
    row = rule_row(page, rules[traded])
    expect(row.locator("td").last).to_have_text(str(count + more), timeout=20_000)
    page.screenshot(path=app.data_dir / "journal-expectancy.png")
    after = page.request.get("/api/journal/stats").json()["byRule"]
    sums = [
        next((group["total"] for group in groups if group["key"] == traded), 0.0)
        for groups in (before, after)
    ]
    assert sums[1] > sums[0]

    open_tab(page, "Trades")
    page.get_by_role("button", name="Import a file").first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "flex.csv", "mimeType": "text/csv", "buffer": csv.encode()}
    )
    expect(summary).to_contain_text("3 known", timeout=20_000)
    expect(page.get_by_role("button", name="Nothing to save")).to_be_disabled()


def test_an_alert_is_judged_before_what_followed_is_shown(page: Page) -> None:
    log_in(page)
    page.goto("/journal")
    review = page.locator("article[data-signal]")
    chart = page.get_by_test_id("review-chart")
    expect(chart).to_be_visible(timeout=20_000)
    first, cut = review.get_attribute("data-signal"), int(str(chart.get_attribute("data-bars")))
    page.keyboard.press("0")
    expect(review).not_to_have_attribute("data-signal", str(first))
    expect(page.get_by_test_id("review-outcome")).to_have_count(0)
    page.keyboard.press("2")
    expect(review).to_have_attribute("data-revealed", "true")
    expect(page.get_by_text(re.compile("Bad saved")).first).to_be_visible(timeout=20_000)
    expect(chart).not_to_have_attribute("data-bars", str(cut), timeout=20_000)
    page.get_by_role("button", name=re.compile("^Next")).click()
    expect(review).not_to_have_attribute("data-revealed", "true")


@pytest.mark.is_refused
def test_a_trade_by_hand_is_deleted_and_brought_back(page: Page) -> None:
    log_in(page)
    page.goto("/journal?tab=trades")
    page.get_by_role("button", name="Add a trade").first.click()
    page.get_by_label("Symbol", exact=False).last.fill("HAND")
    page.get_by_label("Quantity").fill("10")
    page.get_by_label(re.compile("^Entered")).fill("2025-03-03T10:00:00")
    page.get_by_label("Entry price").fill("100")
    page.get_by_label(re.compile("^Left")).fill("2025-03-03T09:00:00")
    page.get_by_label("Exit price").fill("101")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(re.compile("is before the entry")).first).to_be_visible(timeout=20_000)
    page.get_by_label(re.compile("^Left")).fill("2025-03-03T11:00:00")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_placeholder("Notes, tags, symbol").fill("HAND")
    row = page.locator("tr[data-trade]").filter(has_text="HAND")
    expect(row).to_have_count(1, timeout=20_000)
    row.get_by_role("button").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No trade fits the filter.")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1, timeout=20_000)
