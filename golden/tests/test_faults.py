"""One constant changed in a copy of the evaluator, and the golden run of that copy fails.

The mutants run through a dispatch of their own; this goes the whole way that `make golden` goes.
The copy is interpreted: to compile it anew for each change would take minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("coach", "golden", "backtest", "risk", "learning", "feedback", "observability", "tests")
RULE = "coach/engine/rules/{}.py"
FAULTS = {
    "an average's period": (
        "ema_cross",
        RULE.format("ema_cross"),
        '"Bars of the fast average.", 20,',
        '"Bars of the fast average.", 21,',
    ),
    "equal averages are above": (
        "ema_cross",
        RULE.format("ema_cross"),
        "above(s.fast.value, s.slow.value, x.close)",
        "not above(s.slow.value, s.fast.value, x.close)",
    ),
    "the lookback": (
        "ltp_breakout",
        RULE.format("ltp_breakout"),
        '"Bars before this one that form the range.", 20,',
        '"Bars before this one that form the range.", 21,',
    ),
    "a close at the level is above": (
        "ltp_breakout",
        RULE.format("ltp_breakout"),
        "above(x.close, upper, x.close)",
        "not above(upper, x.close, x.close)",
    ),
    "the run before a reclaim": ("vwap_reclaim", RULE.format("vwap_reclaim"), "3,\n", "4,\n"),
    "a longer run": (
        "vwap_reclaim",
        RULE.format("vwap_reclaim"),
        "s.run_below >= p.min_bars",
        "s.run_below > p.min_bars",
    ),
    "the confidence's own average": (
        "vwap_reclaim",
        "coach/engine/indicators.py",
        "update_ema(x.ema20, bar.close, 20)",
        "update_ema(x.ema20, bar.close, 21)",
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's rooms, away from here."""
    folder = tmp_path_factory.mktemp("copy")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def golden_run(folder: Path, rule_id: str) -> subprocess.CompletedProcess[str]:
    """The golden cases of a rule, as `make golden` runs them, up to the first that fails."""
    cases = [sys.executable, "-m", "pytest", "golden/tests/test_cases.py", "-k", f"{rule_id}_"]
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": ".", "DATA_DIR": f"{folder}/data"}
    return subprocess.run(
        [*cases, "-x", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_constant_fails_the_golden_run(copy: Path, fault: str) -> None:
    rule_id, name, was, becomes = FAULTS[fault]
    path = copy / name
    source = path.read_text()
    assert source.count(was) == 1
    path.write_text(source.replace(was, becomes))
    try:
        done = golden_run(copy, rule_id)
    finally:
        path.write_text(source)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"FAILED golden/tests/test_cases.py::test_case[{rule_id}_" in done.stdout


def test_the_copy_itself_passes(copy: Path) -> None:
    done = golden_run(copy, "vwap_reclaim")
    assert done.returncode == 0, done.stdout + done.stderr
