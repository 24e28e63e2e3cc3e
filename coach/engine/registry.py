"""The rules there are: every file in ``coach/engine/rules``, and the dispatch written from them.

numba calls a function passed as a value about fifty times slower than an inlined one, and a closure
misses its cache. So the source of the dispatch is written here, from the list of rule files, and
compiled with the kernel; the engine version covers the rule files, hence this text too.
"""

import importlib
import linecache
import pkgutil
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, cast

from coach.engine import rules as _rules
from coach.engine.definition import Rule
from coach.engine.indicators import CORE
from coach.engine.jit import inner
from coach.engine.layout import record

_NAME = "<coach.engine dispatch>"


def _load() -> dict[str, Rule]:
    found = {}
    for module in sorted(pkgutil.iter_modules(_rules.__path__), key=lambda each: each.name):
        rule: Rule = importlib.import_module(f"{_rules.__name__}.{module.name}").RULE
        if rule.rule_id != module.name:
            raise ImportError(f"rule file {module.name}.py declares the id {rule.rule_id!r}")
        found[rule.rule_id] = rule
    return found


RULES = MappingProxyType(_load())
"""Every rule by id, in alphabetical order: the order of the triggers of one bar."""

PARAMS = record(
    ("timeframe_ms", "i8"),
    *((f"{rule_id}_slot", "i8") for rule_id in RULES),  # position in the rule set, -1: absent
    *((rule_id, rule.params) for rule_id, rule in RULES.items()),
)
STATE = record(
    ("core", CORE),
    *((rule_id, rule.state) for rule_id, rule in RULES.items()),
    # who fired on the current bar, by position in the rule set
    ("fired_slots", "i8", (len(RULES),)),
    ("fired_directions", "i8", (len(RULES),)),
    ("fired_levels", "f8", (len(RULES),)),
)


def dispatch_source() -> str:
    """Source of ``apply_rules(p, s)``: one branch a rule; notes who fired, returns how many did."""
    lines = ["def apply_rules(p, s):", "    n = 0"]
    for rule_id in RULES:
        lines += [
            f"    if p.{rule_id}_slot >= 0:",
            f"        direction, level = step_{rule_id}(s.core, p.{rule_id}, s.{rule_id})",
            "        if direction != 0:",
            f"            s.fired_slots[n] = p.{rule_id}_slot",
            "            s.fired_directions[n] = direction",
            "            s.fired_levels[n] = level",
            "            n += 1",
        ]
    return "\n".join([*lines, "    return n", ""])


def _dispatch() -> Callable[..., int]:
    source = dispatch_source()
    names: dict[str, Any] = {f"step_{rule_id}": rule.step for rule_id, rule in RULES.items()}
    # A traceback inside the dispatch shows its lines.
    linecache.cache[_NAME] = (len(source), None, source.splitlines(keepends=True), _NAME)
    exec(compile(source, _NAME, "exec"), names)  # noqa: S102 - written above from file names alone
    return cast("Callable[..., int]", inner(names["apply_rules"]))


apply_rules = _dispatch()
