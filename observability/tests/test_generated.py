"""The files made from the objectives are up to date and mean what the objectives say."""

from __future__ import annotations

import json
import re
import time

import pytest
import yaml
from django.core.management import call_command

from observability import metrics, slo
from observability.generated import prometheus_rules
from observability.management.commands.slo import generated_files
from observability.objectives import Tally, load_objectives, standing
from observability.slo import MEASURES


def test_the_files_are_up_to_date() -> None:
    for path, text in generated_files().items():
        assert path.read_text() == text, f"run manage.py slo --write: {path.name} is stale"


@pytest.mark.parametrize("objective", load_objectives(), ids=lambda objective: objective.name)
def test_every_bound_is_a_bound_of_its_histogram(objective: object) -> None:
    histogram = MEASURES[objective.measure]  # type: ignore[attr-defined]
    assert histogram is getattr(metrics, objective.histogram)  # type: ignore[attr-defined]
    assert objective.within_ms in histogram._upper_bounds  # type: ignore[attr-defined]


def test_the_rules_are_the_workbooks() -> None:
    groups = yaml.safe_load(prometheus_rules(load_objectives()))["groups"]
    alerts = [r for r in groups[1]["rules"] if r["labels"]["slo"] == "tick-to-wick"]
    found = {
        (rule["labels"]["severity"], *re.findall(r"rate(\d+[mhd])\{.*?\} > ([\d.]+)", rule["expr"]))
        for rule in alerts
    }
    assert found == {
        ("page", ("1h", "0.72"), ("5m", "0.72")),
        ("page", ("6h", "0.3"), ("30m", "0.3")),
        ("ticket", ("3d", "0.05"), ("6h", "0.05")),
    }
    recorded = {rule["record"] for rule in groups[0]["rules"]}
    assert recorded == {f"coach:slo_errors:ratio_rate{w}" for w in ("5m", "30m", "1h", "6h", "3d")}
    first = groups[0]["rules"][0]["expr"]
    assert first == (
        '1 - sum(rate(tick_to_wick_ms_bucket{le="120.0"}[5m]))'
        " / sum(rate(tick_to_wick_ms_count[5m]))"
    )


def test_states_follow_the_burn_rates() -> None:
    [objective, *_] = load_objectives()

    def state(**bad: int) -> str:
        shares = {"5m": 0, "30m": 0, "1h": 0, "6h": 0, "3d": 0, "30d": 0, **bad}
        return standing(objective, {w: Tally(1000 - b, 1000) for w, b in shares.items()}).state

    assert state() == "ok"
    assert state(**{"1h": 721, "5m": 721}) == "page"
    assert state(**{"1h": 721, "5m": 719}) == "ok"
    assert state(**{"6h": 301, "30m": 301}) == "page"
    assert state(**{"3d": 51, "6h": 51}) == "ticket"


@pytest.mark.django_db
def test_the_command_prints_a_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    slo.record({"tickToWickMs": [50.0] * 10})
    slo.persist(now=time.time())
    call_command("slo")
    printed = capsys.readouterr().out
    assert re.search(r"tickToWickMs +10 +[45]\d\.\d", printed)
    assert re.search(r"tick-to-wick +95\.00% +1\.0000 +1\.00", printed)
    call_command("slo", "--json")
    assert json.loads(capsys.readouterr().out)["metrics"]["tickToWickMs"]["count"] == 10
