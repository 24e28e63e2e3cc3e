"""Runs cases against changed rules in the interpreter: `python -m golden.worker < request.json`.

A process of its own, started with NUMBA_DISABLE_JIT=1: a changed function takes effect at once and
nothing compiled is touched. A mutant changes a rule, never the indicators, so each case's bars come
as the cores (`coach.engine.indicators.CORE`) that the evaluator made of them, and only the dispatch
with the rule runs again, on plain objects: a hundred times faster than on numpy records.

In: `{"ruleId", "mutants": [source…], "cases": [{"name", "fixture", "cores"}…]}`, where `cores` is
the path of a .npy file. Out: for each mutant the name of the first case that notices it, or null.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from coach.engine import registry
from coach.engine.definition import Rule
from coach.engine.emit import emit
from coach.engine.indicators import CORE, is_ready
from coach.engine.jit import is_interpreted
from coach.engine.layout import TRIGGER
from golden.differences import Fired, compare
from golden.fixture import Fixture, parse


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case with its cores, ready to run any number of times."""

    fixture: Fixture
    params: Any
    cores: list[Any]


def plain(record: Any) -> Any:  # noqa: ANN401  a record of any shape
    """A numpy record as plain objects with the same attributes."""
    if record.dtype.names is None:
        return record.tolist()
    return SimpleNamespace(**{name: plain(record[name]) for name in record.dtype.names})


def prepare(case: dict[str, Any]) -> Prepared:
    """Read a case of the request."""
    fixture = parse(case["fixture"])
    cores = np.load(case["cores"], allow_pickle=False).view(CORE)
    return Prepared(fixture, plain(fixture.ruleset().params[0]), [plain(core) for core in cores])


def take_defaults(case: Prepared, rule: Rule) -> None:
    """Let the rule's own defaults fill in what the case leaves out."""
    params = getattr(case.params, rule.rule_id)
    given = {**rule.defaults, **case.fixture.params}
    for each in rule.parameters:
        setattr(params, each.field, given[each.name])


def evaluate(case: Prepared) -> list[Fired]:
    """The dispatch over every bar of a case."""
    state = plain(np.zeros((), registry.STATE)[()])
    found = []
    for core in case.cores:
        state.core = core
        if not registry.apply_rules(case.params, state) or not is_ready(core):
            continue
        out = plain(np.zeros((), TRIGGER)[()])
        emit(out, state, case.params.timeframe_ms, 0)
        direction = {1: "long", -1: "short"}.get(int(out.direction), str(out.direction))
        found.append(Fired(out.seq, direction, out.confidence))
    return found


def install(rule_id: str, source: str) -> Rule:
    """Let the dispatch call the step of a changed rule file; returns the rule that it declares.

    Raises:
        RuntimeError: the code is compiled, so the change would not take effect.
    """
    if not is_interpreted():
        raise RuntimeError("mutants run in the interpreter: start with NUMBA_DISABLE_JIT=1")
    names: dict[str, Any] = {"__name__": f"mutant_{rule_id}"}
    exec(compile(source, f"<mutant of {rule_id}>", "exec"), names)  # noqa: S102  our own rule file
    registry.apply_rules.__globals__[f"step_{rule_id}"] = names["step"]
    rule: Rule = names["RULE"]
    return rule


def notices(case: Prepared) -> bool:
    """Whether the case fails now; an error of the changed code is noticed too."""
    try:
        got = evaluate(case)
    except Exception:  # noqa: BLE001  whatever a fault in the code raises, the case has noticed it
        return True
    return bool(compare(case.fixture, "interpreter", got))


def main() -> None:
    """Answer one request. The unchanged rule must pass every case, or nothing is proved."""
    request = json.load(sys.stdin)
    cases = [prepare(case) for case in request["cases"]]
    rule_id: str = request["ruleId"]
    broken = [each.fixture.name for each in cases if notices(each)]
    if broken:
        raise SystemExit(f"fails without any mutant: {', '.join(broken)}")
    answer: list[str | None] = []
    for source in request["mutants"]:
        rule = install(rule_id, source)
        for case in cases:
            take_defaults(case, rule)
        answer.append(next((each.fixture.name for each in cases if notices(each)), None))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
