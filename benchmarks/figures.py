"""Figures against their targets: one table for the eye, one JSON file for the record."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from coach.config.env import BASE_DIR

RESULTS = BASE_DIR / "bench-results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `target` is the most it may be; None: reported only."""

    group: str
    name: str
    value: float
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        return None if self.target is None else self.value <= self.target


def _verdict(figure: Figure) -> str:
    return {None: "", True: "[green]✓ met[/]", False: "[red]✗ missed[/]"}[figure.met]


def table_of(title: str, figures: Sequence[Figure]) -> Table:
    """The figures, one a line."""
    table = Table(title=title, title_justify="left")
    for name in ("part", "figure", "value", "target", "", "note"):
        table.add_column(name, justify="right" if name in {"value", "target"} else "left")
    group = ""
    for figure in figures:
        if group and figure.group != group:
            table.add_section()
        target = "" if figure.target is None else f"≤ {figure.target:g} {figure.unit}"
        table.add_row(
            "" if figure.group == group else figure.group,
            figure.name,
            f"{figure.value:,g} {figure.unit}",
            target,
            _verdict(figure),
            figure.note,
        )
        group = figure.group
    return table


def report(name: str, title: str, figures: Sequence[Figure]) -> None:
    """Print the table and write `bench-results/NAME.json`."""
    Console(width=150).print(table_of(title, figures))
    RESULTS.mkdir(exist_ok=True)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
