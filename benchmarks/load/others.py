"""The load measurements that are benchmarks of their own, as figures against their targets."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.figures import RESULTS, Figure
from coach.config.env import BASE_DIR


def stream(*, clients: int = 2_000, rate: float = 5.0, runs: int = 5) -> list[Figure]:
    """`benchmarks.stream`: one event to thousands of clients of one process."""
    subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.stream", "--clients", str(clients)),
            *("--rate", str(rate), "--runs", str(runs)),
        ],
        cwd=BASE_DIR,
        check=True,
    )
    found = json.loads((RESULTS / "stream.json").read_text())
    every = found["runs"]
    group = "stream"
    note = f"{clients:,} clients × {rate:g} events/s, median of {runs} runs"

    def most(name: str) -> float:
        return float(max(run[name] for run in every))

    return [
        Figure(group, "p50", found["median"]["p50_ms"], "ms", None, note),
        Figure(group, "p95", found["median"]["p95_ms"], "ms", 80),
        Figure(group, "p99", found["median"]["p99_ms"], "ms", 120),
        Figure(group, "lost", sum(run["lost"] for run in every), "", 0),
        Figure(group, "streams broken", most("broken"), "", 0),
        Figure(group, "memory a client", found["kb_per_client"], "kB", 20),
        Figure(group, "extra threads", most("extra_threads"), "", 0),
        Figure(group, "extra database connections", most("extra_database_connections"), "", 0),
    ]


def feedback(*, rates: tuple[int, ...] = (50, 100), seconds: int = 20) -> list[Figure]:
    """`benchmarks.feedback`: labels over HTTP, by the clock, on SQLite and on the PostgreSQL server
    that `DATABASE_URL` names."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "feedback.json"
    subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.feedback", "--workers", "2"),
            *("--seconds", str(seconds), "--json", str(path)),
            *(f"--rate={rate}" for rate in rates),
        ],
        cwd=BASE_DIR,
        check=True,
    )
    figures = []
    for found in json.loads(path.read_text()):
        name = f"{found['database']}, {found['rate']}/s"
        target = 50 if found["rate"] == 50 else None
        figures += [
            Figure("feedback", f"p95, {name}", found["p95"], "ms", target, "two web processes"),
            Figure("feedback", f"p99, {name}", found["p99"], "ms"),
            Figure("feedback", f"CPU a label, {name}", found["cpuMs"], "ms", 8),
        ]
    return figures
