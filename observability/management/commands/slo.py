"""`manage.py slo`: how the promises stand; `--write`: the files made from them."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from observability.generated import grafana_dashboard, prometheus_rules
from observability.objectives import SHOWN_WINDOWS, load_objectives
from observability.selectors import Report, report
from observability.serializers import report_json


def generated_files() -> dict[Path, str]:
    """The files under docs/observability and what must be in them."""
    target = Path(settings.BASE_DIR) / "docs" / "observability"
    objectives = load_objectives()
    return {
        target / "prometheus-rules.yaml": prometheus_rules(objectives),
        target / "grafana-dashboard.json": grafana_dashboard(objectives),
    }


class Command(BaseCommand):
    """Prints percentiles and error budgets."""

    help = "How the promises stand. --json as /slo says it; --write makes rules and dashboard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Django's hook."""
        parser.add_argument("--json", action="store_true", help="print what /slo answers")
        parser.add_argument(
            "--write", action="store_true", help="make the files in docs/observability"
        )

    def handle(self, *args: object, **options: object) -> None:
        """Django's hook."""
        if options["write"]:
            for path, text in generated_files().items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                self.stdout.write(f"wrote {path}")
            return
        found = report(now=time.time())
        if options["json"]:
            self.stdout.write(json.dumps(report_json(found), indent=2))
        else:
            self.stdout.write(table(found))


def table(found: Report) -> str:
    """Percentiles and promises for a terminal; what was not measured is a dash."""
    lines = [f"{'last hour, ms':<20}{'count':>9}{'p50':>9}{'p95':>9}{'p99':>9}"]
    for name, values in found.measures.items():
        cells = [_cell(value, 1) for value in (values.p50, values.p95, values.p99)]
        lines.append(f"{name:<20}{values.count:>9}" + "".join(f"{cell:>9}" for cell in cells))
    lines.append(
        f"{'reconnects':<20}{found.reconnects_last_hour:>9}   ({found.reconnects_total} in all)"
    )
    heads = "".join(f"{window:>8}" for window in SHOWN_WINDOWS)
    lines += ["", f"{'promise':<20}{'goal':>8}{'kept':>9}{'budget':>9}  burn{heads}  state"]
    for objective in load_objectives():
        stands = found.standings[objective.name]
        burn = "".join(f"{_cell(stands.burn[window], 2):>8}" for window in SHOWN_WINDOWS)
        kept, left = _cell(stands.sli, 4), _cell(stands.budget_left, 2)
        lines.append(
            f"{objective.name:<20}{objective.objective:>8.2%}{kept:>9}{left:>9}      {burn}"
            f"  {stands.state}"
        )
    return "\n".join(lines)


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
