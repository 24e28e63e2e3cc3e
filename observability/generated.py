"""Prometheus rules and a Grafana dashboard, made from the objectives (pure)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from observability.objectives import ALERTS, BURN_WINDOWS, BurnAlert, Objective

HEADER = "# Made from observability/objectives.toml by `manage.py slo --write`. Do not edit.\n"
# Title, unit, PromQL.
PANELS: Sequence[tuple[str, str, str]] = (
    (
        "Held back by reason, per minute",
        "short",
        "sum by (reason) (rate(alerts_suppressed_total[5m])) * 60",
    ),
    ("Open streams", "short", "sum(sse_clients)"),
    ("Reconnects in an hour", "short", "increase(sse_reconnects_total[1h])"),
    ("Feed age", "ms", "max(feed_age_ms)"),
    (
        "Evaluator, p99 of a bar",
        "ms",
        "histogram_quantile(0.99, sum by (le) (rate(evaluator_bar_ms_bucket[5m])))",
    ),
    (
        "Fan-out, p95",
        "ms",
        "histogram_quantile(0.95, sum by (le) (rate(sse_fanout_ms_bucket[5m])))",
    ),
    ("Announcements that wait", "short", "max(outbox_waiting)"),
    ("Tasks that wait", "short", "max(celery_queue_length)"),
    (
        "Failed tasks in an hour",
        "short",
        'sum by (task) (increase(celery_tasks_total{state="FAILURE"}[1h]))',
    ),
    (
        "Answers with 5xx, per second",
        "short",
        'sum(rate(django_http_responses_total_by_status_total{status=~"5.."}[5m]))',
    ),
)


def error_ratio(objective: Objective, window: str) -> str:
    """PromQL: the share of samples over the bound."""
    good = f'{objective.histogram}_bucket{{le="{float(objective.within_ms)}"}}'
    total = f"{objective.histogram}_count"
    return f"1 - sum(rate({good}[{window}])) / sum(rate({total}[{window}]))"


def series_name(window: str) -> str:
    """The recorded series of a window."""
    return f"coach:slo_errors:ratio_rate{window}"


def prometheus_rules(objectives: Sequence[Objective]) -> str:
    """Recording and alerting rules, as YAML."""
    groups = [
        {"name": "coach-slo-ratios", "rules": _recordings(objectives)},
        {"name": "coach-slo-burn", "rules": _alerts(objectives)},
    ]
    return HEADER + yaml.safe_dump({"groups": groups}, sort_keys=False, width=100)


def _recordings(objectives: Sequence[Objective]) -> list[dict[str, Any]]:
    return [
        {
            "record": series_name(window),
            "labels": {"slo": objective.name},
            "expr": error_ratio(objective, window),
        }
        for objective in objectives
        for window in BURN_WINDOWS
    ]


def _alerts(objectives: Sequence[Objective]) -> list[dict[str, Any]]:
    return [_alert(objective, burn) for objective in objectives for burn in ALERTS]


def _alert(objective: Objective, burn: BurnAlert) -> dict[str, Any]:
    bound = f"{burn.rate * (1 - objective.objective):.6g}"
    parts = [
        f'{series_name(window)}{{slo="{objective.name}"}} > {bound}'
        for window in (burn.long, burn.short)
    ]
    kept = f"{objective.objective:.1%} within {objective.within_ms:g} ms over {objective.window}"
    summary = f"{objective.title}: the error budget burns over {burn.rate:g} × ({kept})"
    return {
        "alert": "CoachErrorBudgetBurn",
        "expr": " and ".join(parts),
        "labels": {"severity": burn.severity, "slo": objective.name, "window": burn.long},
        "annotations": {"summary": summary},
    }


def grafana_dashboard(objectives: Sequence[Objective]) -> str:
    """A dashboard to import, as JSON."""
    panels = [_objective_panel(objective) for objective in objectives]
    panels += [_panel(title, unit, [(expression, "")]) for title, unit, expression in PANELS]
    for number, panel in enumerate(panels):
        panel["id"] = number + 1
        panel["gridPos"] = {"x": number % 2 * 12, "y": number // 2 * 8, "w": 12, "h": 8}
    board = {
        "title": "Coach",
        "uid": "coach",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus"}],
        },
        "panels": panels,
    }
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def _objective_panel(objective: Objective) -> dict[str, Any]:
    buckets = f"sum by (le) (rate({objective.histogram}_bucket[5m]))"
    lines = [(f"histogram_quantile({rank}, {buckets})", f"p{rank * 100:g}") for rank in (0.5, 0.95)]
    panel = _panel(f"{objective.title} (≤ {objective.within_ms:g} ms)", "ms", lines)
    panel["fieldConfig"]["defaults"]["thresholds"] = {
        "mode": "absolute",
        "steps": [
            {"color": "green", "value": None},
            {"color": "red", "value": objective.within_ms},
        ],
    }
    panel["fieldConfig"]["defaults"]["custom"] = {"thresholdsStyle": {"mode": "line"}}
    return panel


def _panel(title: str, unit: str, lines: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": title,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "targets": [
            {"refId": chr(65 + number), "expr": expression, "legendFormat": legend or "__auto"}
            for number, (expression, legend) in enumerate(lines)
        ],
    }
