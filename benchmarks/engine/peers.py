"""Other people's tools on the same bars, in an environment pinned by ``requirements/bench.txt``."""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.engine.bars import Bars
from coach.engine.layout import RecordArray

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements" / "bench.txt"
VENV = ROOT / ".bench-venv"
WARM_UP = 2_000  # bars until an average seeded with the first close is one seeded with a mean


class Peer(NamedTuple):
    """A peer's (processor, wall) seconds, and which of the evaluator's triggers it found."""

    version: str
    seconds: list[list[float]]
    agreement: dict[str, dict[str, int]]


def environment() -> Path:
    """The interpreter of the peers' environment, installed if it is not what is pinned."""
    python = VENV / "bin" / "python"
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = VENV / "pinned"
    if not stamp.exists() or stamp.read_text() != pinned:
        print("installing the peers' environment (.bench-venv) …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r"]
        subprocess.run([*install, str(REQUIREMENTS)], check=True)
        stamp.write_text(pinned)
    return python


def vectorbt(bars: Bars, triggers: RecordArray, rule_ids: list[str], repetitions: int) -> Peer:
    """vectorbt's signals alone, compared with the evaluator's where both define the same thing."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "bars.npz", Path(folder) / "signals.npz"
        np.savez(
            source,
            high=bars.high,
            low=bars.low,
            close=bars.close,
            volume=bars.volume,
            day=bars.session_day,
        )
        script = Path(__file__).with_name("peer_vectorbt.py")
        command = [str(each) for each in (environment(), script, source, target, repetitions)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        found = dict(np.load(target))
    agreement = {
        rule_id: _agreement(bars, triggers[triggers["rule"] == rule_ids.index(rule_id)], up, down)
        for rule_id, up, down in (
            ("ema_cross", found["ema_up"], found["ema_down"]),
            ("ltp_breakout", found["break_up"], found["break_down"]),
        )
    }
    return Peer(told["version"], told["seconds"], agreement)


def _agreement(
    bars: Bars, triggers: RecordArray, up: NDArray[np.bool_], down: NDArray[np.bool_]
) -> dict[str, int]:
    start = bars.ts[WARM_UP]
    theirs = {(int(ts), 1) for ts in bars.ts[up] if ts >= start}
    theirs |= {(int(ts), -1) for ts in bars.ts[down] if ts >= start}
    ours = {(int(t["ts"]), int(t["direction"])) for t in triggers if t["ts"] >= start}
    return {
        "both": len(ours & theirs),
        "evaluatorOnly": len(ours - theirs),
        "peerOnly": len(theirs - ours),
    }
