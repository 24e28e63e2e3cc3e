"""`python -m benchmarks.voice`: how fast the coach falls silent.

On the server: sentences cut off at seeded moments over real connections to a web process of the
benchmark's own, with the embedded synthesizer; from the client's interrupt to the last chunk that
it got, and chunks that came after the server had said it stopped. In the ear: a voice in Chromium's
microphone, from its onset to the last audible sample (needs Chromium and a built client;
`--onsets 0` leaves it out). The figures hold for a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.stream.__main__ import HOST, house
from benchmarks.voice import browser, server
from coach.config.env import BASE_DIR

TARGETS = {"interrupt to last chunk": 20.0, "onset to silence": 150.0}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """n and the percentiles in ms."""
    p50, p95, p99 = np.percentile(values, [50, 95, 99])
    return {
        "n": len(values),
        "p50": round(float(p50), 1),
        "p95": round(float(p95), 1),
        "p99": round(float(p99), 1),
        "max": round(max(values), 1),
    }


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """One line a figure."""
    lines = [f"{'':<28}{'n':>6}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}  target p95"]
    for name, row in figures.items():
        values = "".join(f"{row[key]:>8}" for key in ("p50", "p95", "p99", "max"))
        target = f"≤ {TARGETS[name]:g} ms" if name in TARGETS else ""
        lines.append(f"{name:<28}{row['n']:>6}{values}  {target}")
    return "\n".join(lines)


def make_user(directory: Path, redis_url: str) -> tuple[str, str]:
    """A user who can log in on the page."""
    name, password = "listener", secrets.token_urlsafe(12)
    code = (
        "from django.contrib.auth import get_user_model\n"
        f"get_user_model().objects.create_user(username={name!r}, password={password!r})"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {"DATA_DIR": str(directory), "REDIS_URL": redis_url}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(command, cwd=BASE_DIR, env=environment, check=True)
    return name, password


def heard_figures(timed: Sequence[tuple[float, float, float]]) -> dict[str, dict[str, float]]:
    """From a word's beginning by the microphone's clock and by the page's; their difference."""
    return {
        "onset to silence": percentiles([silent - word for word, _, silent in timed]),
        "as the page reports it": percentiles([silent - onset for _, onset, silent in timed]),
        "onset reported too late by": percentiles([onset - word for word, onset, _ in timed]),
    }


def main() -> None:
    """Parse, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interrupts", type=int, default=1_000)
    parser.add_argument("--onsets", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="coach-bench-") as name,
        house(Path(name)) as (redis_url, port, _, token),
    ):
        tally = asyncio.run(
            server.measure(port, token, interrupts=options.interrupts, seed=options.seed)
        )
        figures["asked to first sound"] = percentiles(tally.first_audio)
        figures["interrupt to last chunk"] = percentiles(tally.last_chunk)
        figures["interrupt to acknowledged"] = percentiles(tally.acknowledged)
        print(table(figures))
        print(f"{tally.stale} stale chunks of {tally.chunks}; seed {options.seed}", flush=True)
        missing = browser.missing() if options.onsets else "--onsets 0"
        if missing:
            print(f"onset to silence is not measured: {missing}")
        else:
            user, password = make_user(Path(name), redis_url)
            url = f"http://{HOST}:{port}"
            ear = browser.measure(
                url,
                Path(name),
                user=user,
                password=password,
                onsets=options.onsets,
                seed=options.seed,
            )
            timed, cuts = ear.timed, len(ear.cuts)
            print(f"{cuts} of {ear.sentences} sentences were cut off by voice,", end=" ")
            print(f"{cuts - len(timed)} of them when no word began")
            if timed:
                heard = heard_figures(timed)
                figures |= heard
                print(table(heard))
    target = BASE_DIR / "bench-results"
    target.mkdir(exist_ok=True)
    summary = {"figures": figures, "stale": tally.stale, "chunks": tally.chunks}
    (target / "voice.json").write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
