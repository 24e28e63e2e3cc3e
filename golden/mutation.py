"""How many planted faults a case, or the corpus, notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.engine.indicators import CORE
from coach.engine.kernel import new_state, step
from coach.engine.layout import RecordArray
from coach.engine.registry import RULES
from golden.drivers import DRIVERS
from golden.equivalents import is_equivalent
from golden.fixture import Fixture, read_all
from golden.mutants import BarMutant, CodeMutant, bar_mutants, code_mutants
from golden.runner import check

REQUIRED_RATE = 0.60
"""Share of its rule's code mutants that a new case must kill."""
CORPUS_RATE = 0.90
"""Share of them that the corpus must kill, rule by rule."""
TIMEOUT_S = 180
RULE_FOLDER = Path(sys.modules["coach.engine.rules"].__path__[0])
ROOT = RULE_FOLDER.parents[2]


class MutationError(RuntimeError):
    """The mutants could not be run."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the mutants: code first, then bars; survivors in words."""

    rule_id: str
    killed: int
    of: int
    survivors: tuple[str, ...]
    bars_killed: int = 0
    bars_of: int = 0
    bar_survivors: tuple[str, ...] = ()
    equivalent: int = 0

    @property
    def rate(self) -> float:
        """Share of the code mutants that were noticed."""
        return self.killed / self.of

    @property
    def enough(self) -> bool:
        """Whether the share is what a case must reach."""
        return self.rate >= REQUIRED_RATE

    def __str__(self) -> str:
        code = f"{self.killed} of {self.of} code mutants killed ({self.rate:.0%})"
        bars = f"{self.bars_killed} of {self.bars_of} bar mutants"
        lines = [f"{self.rule_id}: {code}, {bars}; {self.equivalent} equivalent left out"]
        lines += [f"  survived  {each}" for each in self.survivors + self.bar_survivors]
        return "\n".join(lines)


def rule_source(rule_id: str) -> str:
    """The text of a rule's file."""
    if rule_id not in RULES:
        raise KeyError(rule_id)
    return (RULE_FOLDER / f"{rule_id}.py").read_text()


def cores_of(fixture: Fixture) -> RecordArray:
    """The evaluator's core after each bar of a case."""
    bars, ruleset, state = fixture.to_bars(), fixture.ruleset(), new_state()
    cores = np.zeros(len(bars), CORE)
    for k in range(len(bars)):
        step(bars.bar(k), ruleset, state)
        cores[k] = state["core"][0]
    return cores


def run_code_mutants(
    rule_id: str, mutants: Sequence[CodeMutant], fixtures: Sequence[Fixture]
) -> list[str | None]:
    """For each mutant the first case that notices it; in an interpreter of its own.

    Raises:
        MutationError: the process failed, or a case fails without any mutant.
    """
    with tempfile.TemporaryDirectory() as folder:
        cases = [
            {"fixture": fixture.document(), "cores": _save(Path(folder) / f"{k}.npy", fixture)}
            for k, fixture in enumerate(fixtures)
        ]
        sources = [mutant.source for mutant in mutants]
        request = {"ruleId": rule_id, "mutants": sources, "cases": cases}
        answer: list[str | None] = json.loads(_ask_worker(json.dumps(request)))
    return answer


def _ask_worker(request: str) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "golden.worker"],
            input=request,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise MutationError(f"the mutants took more than {TIMEOUT_S} s") from error
    if done.returncode != 0:
        raise MutationError(done.stderr[-2000:])
    return done.stdout


def _save(path: Path, fixture: Fixture) -> str:
    np.save(path, cores_of(fixture).view(np.uint8), allow_pickle=False)
    return str(path)


def measure(rule_id: str, fixtures: Sequence[Fixture]) -> Report:
    """How many mutants of a rule these cases kill together; what cannot differ is left out."""
    planted = code_mutants(rule_source(rule_id))
    code = [mutant for mutant in planted if not is_equivalent(rule_id, mutant)]
    noticed = run_code_mutants(rule_id, code, fixtures)
    bars = [mutant for fixture in fixtures for mutant in bar_mutants(fixture)]
    survived = [mutant for mutant in bars if not _bars_noticed(mutant)]
    return Report(
        rule_id=rule_id,
        killed=sum(name is not None for name in noticed),
        of=len(code),
        survivors=tuple(
            str(mutant) for mutant, name in zip(code, noticed, strict=True) if name is None
        ),
        bars_killed=len(bars) - len(survived),
        bars_of=len(bars),
        bar_survivors=tuple(mutant.change for mutant in survived),
        equivalent=len(planted) - len(code),
    )


def measure_corpus(rule_id: str) -> Report:
    """How many mutants of a rule its cases in the corpus kill."""
    cases = [each for each in read_all() if each.rule_id == rule_id and each.expected.passes]
    return measure(rule_id, cases)


def _bars_noticed(mutant: BarMutant) -> bool:
    return bool(check(mutant.fixture, {"scan": DRIVERS["scan"]}))
