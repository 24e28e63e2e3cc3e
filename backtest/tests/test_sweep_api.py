"""Sweeps over HTTP: what is taken on, what is refused and why, what is answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backtest.models import Run
from backtest.services import work_on_part, work_on_run
from backtest.tests.asking import post, refused
from backtest.tests.stored import stored_bars

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]
SWEEP: dict[str, Any] = {
    "symbol": "TEST",
    "timeframe": "1m",
    "start": "2024-03-11",
    "end": "2024-03-22",
    "ruleId": "ema_cross",
    "grid": {"fast": {"from": 5, "to": 15, "step": 5}, "slow": [21, 50]},
}


def test_a_sweep_answers_like_a_run(client: Client) -> None:
    stored_bars()
    body = SWEEP | {"walkForward": {"train": 5, "test": 2}}
    taken = post(client, "/api/backtest/sweep", body).json()
    assert (taken["kind"], taken["status"]) == ("sweep", "queued")
    for part in Run.objects.get(pk=taken["id"]).parts.all():
        work_on_part(part.pk)
    half = client.get(f"/api/backtest/runs/{taken['id']}").json()
    assert (half["status"], half["progress"]) == ("running", 1.0)
    work_on_run(taken["id"])
    result = client.get(f"/api/backtest/runs/{taken['id']}").json()["result"]
    assert result["tried"] == len(result["variants"]) == 6
    assert result["axes"] == {"fast": [5, 10, 15], "slow": [21, 50]}
    best = max(result["variants"], key=lambda v: v["expectancy"]["value"])
    assert result["best"] == best["number"]
    assert all(v["deflatedSharpe"] <= v["sharpe"]["probabilistic"] for v in result["variants"])
    assert len(result["walkForward"]["folds"]) == 3
    assert client.get(f"/api/backtest/runs/{taken['id']}/triggers").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"grid": {}}, "grid", "at least one"),
        ({"grid": {"speed": [1]}}, "grid.speed", "has fast, slow"),
        ({"grid": {"fast": list(range(2, 102)), "slow": list(range(103, 203))}}, "grid", "10,000"),
        ({"grid": {"fast": [60], "slow": [50]}}, "grid", "fast must be below slow"),
        ({"grid": {"fast": ["x"]}}, "grid.fast", "must be a number"),
        ({"grid": {"fast": {"from": 1, "to": 9, "step": 0}}}, "grid.fast", "step must be above 0"),
        ({"grid": {"fast": []}}, "grid.fast", "From 1 to 200"),
        ({"ruleId": "tea_leaves"}, "ruleId", "not a valid choice"),
        ({"params": {"speed": 1}}, "params.speed", "has fast, slow"),
        ({"walkForward": {"train": 1, "test": 1}}, "walkForward.train", "greater than or equal to"),
        ({"end": "2024-03-01"}, "end", "must be after start"),
    ],
)
def test_a_bad_sweep_names_the_field_and_the_bound(
    client: Client, changes: dict[str, Any], field: str, words: str
) -> None:
    stored_bars()
    assert words in refused(post(client, "/api/backtest/sweep", SWEEP | changes))[field]
