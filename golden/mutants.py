"""Mutants: small faults planted into a rule's code and into a case's bars.

A case is worth what it notices. Code mutants are changes of the functions in the rule's file: a
constant, a parameter, a comparison, a dropped condition, a forgotten piece of state; and of its
parameters' defaults. (After R. A. DeMillo, R. J. Lipton, F. G. Sayward, "Hints on Test Data
Selection", IEEE Computer 11(4), 1978.)
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from golden.fixture import Fixture, Row

HOUR_MS = 3_600_000
MAX_TRIGGERS = 20
"""Triggers of a case around which its bars are spoilt, evenly spread: each costs a run."""


@dataclass(frozen=True, slots=True)
class CodeMutant:
    """A changed rule file: where, what became of what, and the whole new source."""

    line: int
    change: str
    source: str
    code: str = ""
    after: str = ""
    """The line as it was, and the line before it."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.change}"


@dataclass(frozen=True, slots=True)
class _Edit:
    """A replacement for one node, or the removal of one statement."""

    node: ast.AST
    replacement: ast.AST
    change: str


OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
SIGN: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def code_mutants(source: str) -> list[CodeMutant]:
    """Every mutant of a rule's source, in order of lines; each differs from it in one place."""
    tree, lines = ast.parse(source), source.splitlines()
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    edits = [*_defaults(tree), *(edit for function in functions for edit in _edits(function))]
    unchanged, found = ast.unparse(tree), []
    for edit in edits:
        changed = _apply(tree, edit)
        if changed != unchanged:
            line: int = edit.node.lineno  # type: ignore[attr-defined]  # expressions, statements
            code, after = lines[line - 1].strip(), lines[line - 2].strip()
            found.append(CodeMutant(line, edit.change, changed, code, after))
    return sorted(found, key=lambda mutant: (mutant.line, mutant.change))


def _defaults(tree: ast.Module) -> Iterator[_Edit]:
    """The default of each `Parameter(name, title, description, default, minimum, maximum)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Parameter":
            name, default = node.args[0], node.args[3]
            for edit in _constant(default):
                told = f"default of {ast.literal_eval(name)}: {edit.change}"
                yield _Edit(edit.node, edit.replacement, told)


def _edits(function: ast.FunctionDef) -> Iterator[_Edit]:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    for statement in body:
        for node in ast.walk(statement):
            for make in (_constant, _parameter, _comparison, _arithmetic, _condition, _forgotten):
                yield from make(node)


def _edit(node: ast.AST, text: str, *, change: str | None = None) -> _Edit:
    replacement = ast.parse(text, mode="eval").body
    return _Edit(node, replacement, change or f"{ast.unparse(node)} → {text}")


def _constant(node: ast.AST) -> Iterator[_Edit]:
    """A number one off; a half more where it is no whole number; 0 becomes 1."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return
    if isinstance(node.value, int):
        yield _edit(node, repr(node.value + 1))
    elif isinstance(node.value, float):
        yield _edit(node, repr(node.value * 1.5 or 1.0))


def _parameter(node: ast.AST) -> Iterator[_Edit]:
    """A parameter read one too large (a period, a count), or a half more."""
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "p"
    ):
        text = ast.unparse(node)
        yield _edit(node, f"{text} + 1")


def _comparison(node: ast.AST) -> Iterator[_Edit]:
    """`>` for `>=`; `above(a, b)` is a > b, its tie-taking twin a >= b is `not above(b, a)`."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPPOSITE:
        changed = copy.deepcopy(node)
        changed.ops = [OPPOSITE[type(node.ops[0])]()]
        yield _Edit(node, changed, f"{ast.unparse(node)} → {ast.unparse(changed)}")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "above":
        a, b, scale = (ast.unparse(argument) for argument in node.args)
        yield _edit(node, f"not above({b}, {a}, {scale})")
        yield _edit(node, f"above({b}, {a}, {scale})")


def _arithmetic(node: ast.AST) -> Iterator[_Edit]:
    """Plus for minus, times for divided by; a minus sign lost."""
    if isinstance(node, ast.BinOp) and type(node.op) in SIGN:
        changed = copy.deepcopy(node)
        changed.op = SIGN[type(node.op)]()
        yield _Edit(node, changed, f"{ast.unparse(node)} → {ast.unparse(changed)}")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield _edit(node, ast.unparse(node.operand))


def _condition(node: ast.AST) -> Iterator[_Edit]:
    """A part of a condition dropped; a condition that always holds, or never."""
    if isinstance(node, ast.BoolOp):
        for dropped in node.values:
            rest = [value for value in node.values if value is not dropped]
            kept = rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
            yield _edit(node, ast.unparse(kept), change=f"dropped: {ast.unparse(dropped)}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
        for kept, dropped in ((node.left, node.right), (node.right, node.left)):
            yield _edit(node, ast.unparse(kept), change=f"dropped: {ast.unparse(dropped)}")
    if isinstance(node, ast.If | ast.IfExp):
        for always in ("True", "False"):
            told = f"if {ast.unparse(node.test)} → if {always}"
            yield _edit(node.test, always, change=told)


def _forgotten(node: ast.AST) -> Iterator[_Edit]:
    """A statement left out: a state that is not kept, an indicator that is not updated."""
    if isinstance(node, ast.Assign):
        kept = ast.unparse(node.targets[0]).startswith("s.")
    elif isinstance(node, ast.AugAssign):
        kept = ast.unparse(node.target).startswith("s.")
    else:
        kept = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if kept:
        yield _Edit(node, ast.Pass(), f"left out: {ast.unparse(node)}")


class _Replace(ast.NodeTransformer):
    def __init__(self, edit: _Edit) -> None:
        self._edit = edit

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._edit.node:
            return copy.deepcopy(self._edit.replacement)
        return super().generic_visit(node)


def _apply(tree: ast.Module, edit: _Edit) -> str:
    # The transformer changes the tree in place: it works on a copy that shares no node, found again
    # by its position in the walk.
    position = next(k for k, node in enumerate(ast.walk(tree)) if node is edit.node)
    twin = copy.deepcopy(tree)
    node = next(node for k, node in enumerate(ast.walk(twin)) if k == position)
    changed = _Replace(_Edit(node, edit.replacement, edit.change)).visit(twin)
    return ast.unparse(ast.fix_missing_locations(changed))


@dataclass(frozen=True, slots=True)
class BarMutant:
    """A fault of the data: its name and the changed case."""

    change: str
    fixture: Fixture


def bar_mutants(fixture: Fixture) -> list[BarMutant]:
    """Faults around each expected trigger that a case must notice."""
    triggers = fixture.expected.triggers
    if not triggers:
        return []
    found = [BarMutant("session an hour late", _map_rows(fixture, _later(HOUR_MS)))]
    for trigger in triggers[:: -(-len(triggers) // MAX_TRIGGERS) or 1]:
        at = fixture.position_of(trigger.seq)
        if at is None:
            continue
        for name, change in _BAR_CHANGES.items():
            rows = change(list(fixture.bars), at)
            if rows != list(fixture.bars):
                changed = fixture.model_copy(update={"bars": tuple(rows)})
                found.append(BarMutant(f"{name} at seq {trigger.seq}", changed))
    return found


def _later(by_ms: int) -> Callable[[Row], Row]:
    return lambda row: (None if row[0] is None else row[0] + by_ms, *row[1:])


def _map_rows(fixture: Fixture, change: Callable[[Row], Row]) -> Fixture:
    return fixture.model_copy(update={"bars": tuple(change(row) for row in fixture.bars)})


def _shifted(rows: list[Row], at: int) -> list[Row]:
    """Prices of one bar arrive under the next one's time."""
    times = [row[0] for row in rows]
    moved = [rows[max(0, k - 1)][1:] if k >= at else rows[k][1:] for k in range(len(rows))]
    return [(ts, *values) for ts, values in zip(times, moved, strict=True)]


def _dropped(rows: list[Row], at: int) -> list[Row]:
    return rows[:at] + rows[at + 1 :]


def _duplicated(rows: list[Row], at: int) -> list[Row]:
    return [*rows[: at + 1], rows[at], *rows[at + 1 :]]


def _revised(rows: list[Row], at: int) -> list[Row]:
    """The close is corrected to the middle of the bar before."""
    ts, open_, high, low, _, *rest = rows[at]
    before = rows[at - 1]
    close = ((before[2] or 0.0) + (before[3] or 0.0)) / 2
    revised = (ts, open_, max(high or close, close), min(low or close, close), close, *rest)
    return [*rows[:at], revised, *rows[at + 1 :]]


def _peeked(rows: list[Row], at: int) -> list[Row]:
    """The bar before already shows this bar's prices: a look ahead."""
    return [*rows[: at - 1], (rows[at - 1][0], *rows[at][1:]), *rows[at:]]


_BAR_CHANGES: dict[str, Callable[[list[Row], int], list[Row]]] = {
    "shifted by a bar": _shifted,
    "dropped": _dropped,
    "duplicated": _duplicated,
    "revised": _revised,
    "peeked": _peeked,
}
