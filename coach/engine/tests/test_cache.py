"""Machine code, imports and identity, seen from processes of their own as in life."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coach.engine.version import ENGINE_ROOT, engine_version

PROJECT = ENGINE_ROOT.parents[1]
SCAN = """
import numpy as np
from coach.engine.bars import Bars
from coach.engine.kernel import new_state, scan
from coach.engine.registry import RULES
from coach.engine.ruleset import compile_rules
from coach.engine.version import engine_version

count = 120
close = 100 + np.cumsum(np.random.default_rng(3).normal(0, 0.05, count))
reach = np.full(count, 0.02)
ts = np.arange(count) * 60_000
flat = np.zeros(count)
bars = Bars(ts, close, close + reach, close - reach, close, flat + 5, flat + np.nan, flat, flat,
            flat + 86_400_000)
rules = compile_rules(RULES)
fired = scan(bars, rules, new_state())
names = [each.rule_id for each in rules.rules]
print(engine_version(), ",".join(RULES), *[(names[t["rule"]], int(t["seq"])) for t in fired])
"""


def run_in(project: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter inside a project folder."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(project: Path, code: str, **environment: str) -> str:
    """What the code prints; fails with its errors."""
    done = run_in(project, code, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A project that holds the engine alone, with one rule."""
    shutil.copytree(
        ENGINE_ROOT,
        tmp_path / "coach" / "engine",
        ignore=shutil.ignore_patterns("tests", "__pycache__"),
    )
    (tmp_path / "coach" / "__init__.py").touch()
    for path in (tmp_path / "coach/engine/rules").glob("*.py"):
        if path.stem not in {"__init__", "opening_range_breakout"}:
            path.unlink()
    return tmp_path


def test_the_engine_does_not_load_django() -> None:
    """import-linter does not see what a package's own __init__ drags in."""
    names = [
        ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for path in ENGINE_ROOT.rglob("*.py")
        if "tests" not in path.parts and path.stem != "__init__"
    ]
    assert "coach.engine.kernel" in names
    code = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'django', 'celery', 'redis', 'pandas', 'rest_framework', 'channels', 'httpx'}))"
    )
    assert printed(PROJECT, code) == "[]"


def test_importing_compiles_nothing() -> None:
    code = (
        "from coach.engine import live, run, tracking, warm\n"
        "from coach.engine.kernel import scan_kernel\nprint(len(scan_kernel.signatures))"
    )
    assert printed(PROJECT, code, NUMBA_DISABLE_JIT="0") == "0"


def test_an_edited_constant_is_in_the_next_scan(copied: Path, tmp_path: Path) -> None:
    """With the same cache and nothing cleared by hand, and the machine code really cached."""
    cache = {"COACH_NUMBA_CACHE": str(tmp_path / "cache"), "NUMBA_DISABLE_JIT": "0"}
    before = printed(copied, SCAN, **cache)
    stored = list((tmp_path / "cache").rglob("*.nbc"))
    assert stored
    assert printed(copied, SCAN, **cache) == before
    assert list((tmp_path / "cache").rglob("*.nbc")) == stored
    rule = copied / "coach/engine/rules/opening_range_breakout.py"
    text = rule.read_text()
    assert text.count("* 60_000") == 1
    rule.write_text(text.replace("* 60_000", "* 120_000"))
    after = printed(copied, SCAN, **cache)
    assert after.split(maxsplit=2)[2] != before.split(maxsplit=2)[2]
    assert after == printed(copied, SCAN, **{**cache, "NUMBA_DISABLE_JIT": "1"})


NEW_RULE = '''
"""Up: every bar that closes above the one before."""

from coach.engine.compare import above
from coach.engine.definition import Parameter, Rule
from coach.engine.jit import inner
from coach.engine.layout import Record, record

STATE = record(("seen", "i8"))


@inner
def step(x: Record, p: Record, s: Record) -> tuple[int, float]:
    """One closed bar."""
    s.seen += 1
    if s.seen % p.every_nth == 0 and above(x.close, x.prev_close, x.close):
        return 1, x.prev_close
    return 0, 0.0


RULE = Rule("up", 1, "Up", "A higher close.", (Parameter("everyNth", "Every", "Bars.", 7, 1, 9),),
            STATE, step, "up", "down")
'''


def test_a_new_rule_is_one_file(copied: Path) -> None:
    interpreted = {"NUMBA_DISABLE_JIT": "1"}
    before = printed(copied, SCAN, **interpreted)
    (copied / "coach/engine/rules/up.py").write_text(NEW_RULE)
    after = printed(copied, SCAN, **interpreted)
    assert after.split()[1] == "opening_range_breakout,up"
    assert "('up'," in after
    assert "('up'," not in before
    assert after.split()[0] != before.split()[0]


def test_a_rule_file_must_bear_its_rules_name(copied: Path) -> None:
    (copied / "coach/engine/rules/down.py").write_text(NEW_RULE)
    done = run_in(copied, SCAN, NUMBA_DISABLE_JIT="1")
    assert done.returncode != 0
    assert "rule file down.py declares the id 'up'" in done.stderr


def test_the_engine_version_covers_sources_but_no_tests(copied: Path) -> None:
    code = "from coach.engine.version import engine_version; print(engine_version())"
    before = printed(copied, code)
    (copied / "coach/engine/tests").mkdir()
    (copied / "coach/engine/tests/test_x.py").write_text("x = 1\n")
    assert printed(copied, code) == before
    regime = copied / "coach/engine/regime.py"
    regime.write_text(regime.read_text().replace("STAY = 4", "STAY = 5"))
    assert printed(copied, code) != before
    assert len(engine_version()) == 16


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    done = run_in(PROJECT, "import coach.engine.jit", COACH_NUMBA_CACHE=str(taken))
    assert done.returncode != 0
    assert "set COACH_NUMBA_CACHE to a folder that can be written" in done.stderr
