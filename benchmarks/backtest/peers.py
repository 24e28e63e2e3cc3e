"""Other people's backtesters on the same bars, and how many of their crosses are ours."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from backtest.engine import entries_everywhere, evaluate, prepare
from backtest.window import Window
from benchmarks.engine.peers import WARM_UP, environment
from coach.engine.bars import Bars
from coach.engine.kernel import new_state, scan
from coach.engine.ruleset import compile_rules

PEERS = ("vectorbt", "backtesting", "nautilus", "backtrader")
TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool's version, its processor and wall seconds, and its crosses against the evaluator's."""

    name: str
    version: str
    cpu: float
    wall: float
    both: int
    evaluator_only: int
    peer_only: int


def cents(bars: Bars) -> Bars:
    """The same bars at whole cents, which every tool can hold."""
    prices = {name: np.round(getattr(bars, name), 2) for name in ("open", "high", "low", "close")}
    return replace(bars, **prices)


def evaluator(bars: Bars) -> Peer:
    """Coach's own backtest of the same rule: triggers, confidence, regime and every outcome."""
    rules = compile_rules(["ema_cross"])
    end = int(bars.ts[-1]) + 60_000
    window = Window("BENCH", "1m", int(bars.ts[0]), end, "regular", "24/7", "bench")

    def once() -> tuple[float, float, int]:
        cpu, wall = time.process_time(), time.perf_counter()
        market = prepare(window, bars, as_of=end)
        found = evaluate(market, rules, every=entries_everywhere(market))
        return time.process_time() - cpu, time.perf_counter() - wall, len(found)

    once()
    cpu, wall, count = min(once() for _ in range(3))
    return Peer("coach", "", cpu, wall, count, 0, 0)


def measure(bars: Bars) -> list[Peer]:
    """Each tool on these bars, in the peers' own environment."""
    ours = _crosses(bars)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "bars.npz"
        names = ("ts", "open", "high", "low", "close", "volume")
        np.savez(source, **{name: getattr(bars, name) for name in names})
        return [_run(name, source, ours) for name in PEERS]


def _crosses(bars: Bars) -> set[tuple[int, int]]:
    triggers = scan(bars, compile_rules(["ema_cross"]), new_state())
    positions = np.searchsorted(bars.ts, triggers["ts"]).tolist()
    found = zip(positions, triggers["direction"].tolist(), strict=True)
    return {(at, side) for at, side in found if at >= WARM_UP}


def _run(name: str, source: Path, ours: set[tuple[int, int]]) -> Peer:
    script = Path(__file__).with_name(f"peer_{name}.py")
    done = subprocess.run(
        [str(environment()), str(script), str(source)],
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    theirs = {(at, side) for at, side in told["crosses"] if at >= WARM_UP}
    both, mine, others = len(ours & theirs), len(ours - theirs), len(theirs - ours)
    cpu, wall = told["seconds"]
    return Peer(name, told["version"], cpu, wall, both, mine, others)
