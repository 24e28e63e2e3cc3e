"""What a rule file declares about itself: a ``RULE`` of type ``Rule``.

A rule is one file in ``coach/engine/rules`` named after its id. Its ``step(x, p, s)`` gets the core
of the current bar (``coach.engine.indicators.CORE``), its parameters and its own state, and returns
``(direction, level)``: direction 0 is silence. Nothing else has to be edited for a new rule.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from coach.engine.layout import Record, RecordType, record

Step = Callable[[np.record, np.record, Record], tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason for refusing a rule or a parameter, naming both and the bound."""

    rule_id: str
    parameter: str | None
    message: str


class RulesRefusedError(ValueError):
    """Rules or parameters that cannot run; ``problems`` names each of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number a trader may change: its default and its bounds, both inclusive."""

    name: str
    title: str
    description: str
    default: int | float
    minimum: int | float
    maximum: int | float

    @property
    def whole(self) -> bool:
        """True for a count of bars or minutes, False for a ratio."""
        return isinstance(self.default, int)

    @property
    def field(self) -> str:
        """The name inside the compiled code: ``bufferAtr`` is ``p.buffer_atr``."""
        return re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), self.name)

    def schema(self) -> dict[str, Any]:
        """JSON schema of this parameter."""
        return {
            "type": "integer" if self.whole else "number",
            "title": self.title,
            "description": self.description,
            "default": self.default,
            "minimum": self.minimum,
            "maximum": self.maximum,
        }

    def refusal(self, value: object) -> str | None:
        """Why a value is refused, or None."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be a number, got {value!r}"
        if not math.isfinite(value):
            return f"must be finite, got {value!r}"
        if self.whole and value != int(value):
            return f"must be a whole number, got {value!r}"
        if value < self.minimum:
            return f"must be at least {self.minimum}, got {value!r}"
        if value > self.maximum:
            return f"must be at most {self.maximum}, got {value!r}"
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule: what a reader sees of it, its parameters, its state and its step.

    ``below`` lists pairs of parameters of which the first must be smaller than the second.
    ``session_rule`` marks a rule that needs several bars in a session, so it is refused on ``1d``.
    ``why_long`` and ``why_short`` are templates over the parameters, ``close`` and ``level``.
    """

    rule_id: str
    version: int
    title: str
    description: str
    parameters: tuple[Parameter, ...]
    state: RecordType
    step: Step
    why_long: str
    why_short: str
    below: tuple[tuple[str, str], ...] = ()
    session_rule: bool = False

    @property
    def params(self) -> RecordType:
        """Record type of the parameters, as ``step`` reads them."""
        return record(*((p.field, "i8" if p.whole else "f8") for p in self.parameters))

    @property
    def defaults(self) -> dict[str, int | float]:
        """Every parameter's default by name."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    def schema(self) -> dict[str, Any]:
        """JSON schema of the rule's parameters, defaults included."""
        return {
            "type": "object",
            "title": self.title,
            "description": self.description,
            "properties": {p.name: p.schema() for p in self.parameters},
            "additionalProperties": False,
        }

    def problems(self, given: dict[str, Any], timeframe: str) -> tuple[Problem, ...]:
        """Everything that is wrong with these parameters on this timeframe."""
        found = list(self._unknown(given))
        if self.session_rule and timeframe == "1d":
            found.append(
                self._problem("timeframe", "timeframe must be below 1d: it works inside a session")
            )
        refused = set()
        for parameter in self.parameters:
            reason = parameter.refusal(given.get(parameter.name, parameter.default))
            if reason is not None:
                refused.add(parameter.name)
                found.append(self._problem(parameter.name, f"{parameter.name} {reason}"))
        values = {**self.defaults, **given}
        for low, high in self.below:
            if not refused & {low, high} and not values[low] < values[high]:
                message = f"{low} must be below {high}, got {values[low]} and {values[high]}"
                found.append(self._problem(low, message))
        return tuple(found)

    def _unknown(self, given: dict[str, Any]) -> tuple[Problem, ...]:
        known = ", ".join(self.defaults) or "none"
        return tuple(
            self._problem(name, f"has no parameter {name!r} (it has {known})")
            for name in given
            if name not in self.defaults
        )

    def _problem(self, parameter: str | None, message: str) -> Problem:
        return Problem(self.rule_id, parameter, f"{self.rule_id}: {message}")
