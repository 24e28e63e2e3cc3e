"""Three bad labels raise a gate over the next signal of their rule; taken back, it is as before.

The market is a replay of made-up bars from a seed, so that a backtest knows what fires next. The
trader's own limit is set so that this signal lies between the gate before the labels and after.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from coach.config.env import BASE_DIR
from tests.e2e.api import Api
from tests.e2e.steps import log_in
from tests.processes import wait_until
from tests.running import Running, environment_of, running

SYMBOL = "SPY"
SEED = 11
HISTORY = f"""
from coach.market.services import make_synthetic_history
make_synthetic_history(symbols=["{SYMBOL}"], seed={SEED}, sessions=6)
"""
LABELS = 3
# So far below the next signal's confidence lies the gate before the labels; three bad labels on a
# rule without other evidence raise it by 2.6.
MARGIN = 0.004


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product on a replay of six made-up sessions of one symbol, four bars a second."""
    data_dir = tmp_path_factory.mktemp("replay") / "data"
    data_dir.mkdir()
    for command in (("migrate", "--verbosity", "0"), ("shell", "--verbosity", "0", "-c", HISTORY)):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=BASE_DIR,
            env=environment_of(data_dir),
            check=True,
        )
    with running(data_dir, {"SOURCE": "replay", "SPEED": "240", "SYMBOLS": SYMBOL}) as product:
        yield product


@pytest.fixture
def tab(browser: Browser, replay: Running) -> Iterator[Page]:
    """A page of the replayed product, logged in."""
    context = browser.new_context(
        base_url=replay.base_url, viewport={"width": 1440, "height": 900}, locale="en-US"
    )
    page = context.new_page()
    log_in(page)
    yield page
    context.close()


@dataclass(frozen=True, slots=True)
class Next:
    """A rule with enough decisions to label, and what fires next of it."""

    rule_id: str
    decisions: list[dict[str, Any]]
    seq: int
    confidence: float


def pause(api: Api) -> datetime:
    """Stop the market; its time."""
    return datetime.fromisoformat(
        api.send("POST", "/api/replay", {"action": "pause"})["marketTime"]
    )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Looking over HTTP takes its time: twice a second is enough."""
    wait_until(condition, what=what, seconds=180, every=0.5)


def decided(api: Api) -> dict[str, list[dict[str, Any]]]:
    """The user's decisions by rule, newest first."""
    of_rule: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for alert in api.get("/api/alerts", limit=200)["results"]:
        of_rule[alert["ruleId"]].append(alert)
    return of_rule


def labellable(api: Api) -> str | None:
    """A rule with an alert and three decisions in all, the busiest one."""
    busy = {
        rule: len(found)
        for rule, found in decided(api).items()
        if len(found) >= LABELS and any(alert["delivered"] for alert in found)
    }
    return max(busy, key=lambda rule: busy[rule]) if busy else None


def next_signal(api: Api, rule_id: str, now: datetime) -> Next:
    """What a backtest over the same bars says that fires next."""
    symbols = {row["symbol"]: row for row in api.get("/api/symbols")}
    minute = int(now.timestamp()) // 60 * 60 * 1000  # of the bar that has not closed yet
    body = {
        "symbol": SYMBOL,
        "timeframe": "1m",
        "start": minute,
        "end": symbols[SYMBOL]["dataRange"]["to"],
        "rules": [rule_id],
    }
    run = api.send("POST", "/api/backtest/run?wait=30", body)
    wait_for(
        lambda: api.get(f"/api/backtest/runs/{run['id']}")["status"] == "done",
        "the backtest is done",
    )
    triggers = api.get(f"/api/backtest/runs/{run['id']}")["result"]["triggers"]
    first = min(triggers, key=lambda trigger: trigger["seq"])
    alerts_first = sorted(decided(api)[rule_id], key=lambda alert: not alert["delivered"])
    return Next(rule_id, alerts_first[:LABELS], first["seq"], first["confidence"])


def gates(api: Api, rule_id: str) -> tuple[float, float]:
    """(score, minimum confidence) now."""
    preview = api.get("/api/risk/preview", ruleId=rule_id)
    return preview["score"], preview["current"]["minConfidence"]


def label_bad(page: Page, alert: dict[str, Any]) -> None:
    """On its card in its list, by the button with the word."""
    page.get_by_role("tab", name="All" if alert["delivered"] else "Held back").click()
    card = page.locator(f'article[data-signal="{alert["signalId"]}"]')
    card.click()
    word = "Bad" if alert["delivered"] else "Rightly held"
    with page.expect_response(lambda answer: "/api/feedback" in answer.url) as answered:
        card.get_by_role("button", name=re.compile(f"^{word}")).click()
    assert answered.value.ok
    expect(page.get_by_test_id("label-toast").first).to_contain_text("Bad saved", timeout=20_000)


def decision_about(api: Api, coming: Next) -> dict[str, Any] | None:
    found = decided(api)[coming.rule_id]
    return next((alert for alert in found if alert["seq"] == coming.seq), None)


def limit_just_below(api: Api, coming: Next) -> None:
    """Set the trader's own limit so that what comes passes as things stand, and only just."""
    score, _ = gates(api, coming.rule_id)
    shift = max(-0.3, min(0.3, score)) * 0.1
    limit = round(coming.confidence - MARGIN + shift, 9)
    api.send("PUT", "/api/risk/policy", {"baseConfidence": limit})


def play_until_decided(api: Api, coming: Next) -> dict[str, Any]:
    """Let the market go on until there is a decision about what comes."""
    api.send("POST", "/api/replay", {"action": "resume"})
    wait_until(
        lambda: decision_about(api, coming) is not None,
        what="the next signal",
        seconds=180,
        every=0.2,
    )
    pause(api)
    found = decision_about(api, coming)
    assert found is not None
    return found


def assert_held_back_with_its_numbers(held: dict[str, Any], coming: Next) -> None:
    """The decision quotes confidence, gate, base and score, in words as in numbers."""
    assert (held["delivered"], held["reasonCode"]) == (False, "confidence")
    assert held["confidence"] == pytest.approx(coming.confidence, abs=1e-9)
    numbers = held["numbers"]
    assert numbers["minConfidence"] > held["confidence"]
    assert numbers["score"] < 0
    reason = re.fullmatch(
        r"confidence (0\.\d+) < (0\.\d+) \(base (0\.\d+), score (-0\.\d+)\)", held["reason"]
    )
    assert reason, held["reason"]
    shown = [float(part) for part in reason.groups()]
    exact = [held["confidence"], numbers["minConfidence"], numbers["base"], numbers["score"]]
    assert shown == pytest.approx(exact, abs=0.005)


def undo_all_labels(api: Api, rule_id: str) -> dict[str, Any]:
    """Take them back one by one, each step from where the last one ended; returns the last."""
    labels = api.get("/api/feedback", ruleId=rule_id)["results"]
    assert len(labels) == LABELS
    with_labels = gates(api, rule_id)
    undone = [api.send("DELETE", f"/api/feedback/{label['id']}") for label in labels]
    steps = [(one["score"]["before"], one["score"]["after"]) for one in undone]
    assert steps[0][0] == with_labels[0]
    assert all(one[1] == following[0] for one, following in pairwise(steps))
    last: dict[str, Any] = undone[-1]
    return last


def test_three_bad_labels_hold_back_the_next_signal_until_they_are_undone(
    tab: Page, replay: Running
) -> None:
    api = Api(tab)
    wait_for(lambda: labellable(api) is not None, "three decisions of a rule")
    now = pause(api)
    rule_id = labellable(api)
    assert rule_id is not None
    coming = next_signal(api, rule_id, now)
    limit_just_below(api, coming)
    before = gates(api, rule_id)
    assert before[1] <= coming.confidence, "it would pass"

    tab.reload()
    tab.get_by_role("tab", name="All").wait_for(timeout=60_000)
    for alert in coming.decisions:
        label_bad(tab, alert)
    after = gates(api, rule_id)
    assert after[0] < before[0]
    assert after[1] > coming.confidence > before[1]

    held = play_until_decided(api, coming)
    assert_held_back_with_its_numbers(held, coming)

    # The trader reads the same on the held-back card.
    tab.get_by_role("tab", name="Held back").click()
    card = tab.locator(f'article[data-signal="{held["signalId"]}"]')
    card.click()
    expect(card).to_contain_text("score", timeout=20_000)
    tab.screenshot(path=replay.data_dir / "gates-held-back.png")

    last = undo_all_labels(api, rule_id)
    restored = gates(api, rule_id)
    assert restored == (last["score"]["after"], last["gates"]["after"]["minConfidence"])
    assert restored[1] <= coming.confidence, "it would pass again"
    month = api.get("/api/rules/metrics", ruleId=rule_id)["windows"]["30d"]
    assert month["evidence"] == {"good": 0, "bad": 0}
    if month["matured"] == 0:
        assert restored == before


def test_an_undo_on_the_page_restores_score_and_gate_exactly(tab: Page, replay: Running) -> None:
    api = Api(tab)
    wait_for(lambda: labellable(api) is not None, "three decisions of a rule")
    pause(api)
    rule_id = labellable(api)
    assert rule_id is not None
    found = decided(api)[rule_id]
    alert = next(one for one in found if one["delivered"] and one["label"] is None)
    before = gates(api, rule_id)
    tab.reload()
    tab.get_by_role("tab", name="All").wait_for(timeout=60_000)
    label_bad(tab, alert)
    assert gates(api, rule_id) != before
    with tab.expect_response(lambda answer: "/api/feedback/" in answer.url):
        tab.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(tab.get_by_text(re.compile("Undone, now")).first).to_be_visible(timeout=20_000)
    tab.screenshot(path=replay.data_dir / "gates-undone.png")
    assert gates(api, rule_id) == before
