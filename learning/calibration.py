"""From a signal's confidence to the chance that it pays: one calibration over all users (pure).

    z = logit(conf) - logit(base);  logit p = a + b·z + d_rule + d_(rule, trend|range|unknown)
    y = clip((R + 1.05)/2.5, 0, 1), a fractional response
    minimise  -Σ w·(y·log p + (1-y)·log(1-p)) + λ/2·θ²
    a unpenalised, λ: (b - 0.5): 1, d_rule: 8, d_(rule, regime): 16;  w = 2^(-age/20 d), 60 days
    EV = p·W - (1-p) - cost,  W = 1.5, cost 0.05

y maps the two barrier outcomes, -1.05 R and +1.45 R, to 0 and 1, so that E[R] = 2.5·p - 1.05 = EV,
and a timeout in between to a fraction. The likelihood of a fractional response is Papke and
Wooldridge's (1996) quasi-likelihood; iteratively reweighted least squares is Newton's method on it.
Suppressed signals are in the sample: it holds what fired, not what was let through.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Regime = Literal["trend", "range", "unknown"]

VERSION: Final = "cal-v1"
REGIMES: Final[tuple[Regime, ...]] = ("trend", "range", "unknown")
MIN_MATURED: Final = 100
BASE_CONFIDENCE: Final = 0.60
WIN_R: Final = 1.5
COST_R: Final = 0.05
WINDOW_DAYS: Final = 60.0
HALF_LIFE_DAYS: Final = 20.0

_SLOPE_PRIOR: Final = 0.5
_SLOPE_PENALTY: Final = 1.0
_RULE_PENALTY: Final = 8.0
_CELL_PENALTY: Final = 16.0
_CONFIDENCE_EDGE: Final = 1e-6
_TOLERANCE: Final = 1e-9
_MAX_STEPS: Final = 100
_DECIMALS: Final = 9

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


class CalibrationError(ValueError):
    """The sample or the stored result cannot be used; the message names the field."""


class CalibrationRow(NamedTuple):
    """One matured market event: confidence, rule, regime of its signal, its R, its age in days."""

    confidence: float
    rule_id: str
    regime: Regime
    r: float
    age_days: float


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSample:
    """Matured market events as columns of equal length n.

    ``rules`` names the rules, ``rule`` indexes into it, ``regime`` into ``REGIMES``; ``confidence``
    in [0, 1], ``r`` in R, ``age_days`` in days since the session, at least 0. Rows of 60 days and
    more are ignored by the fit. Each market event (symbol, timeframe, seq, rule) belongs in once,
    however many users watched it. Raises CalibrationError naming the column.
    """

    rules: tuple[str, ...]
    confidence: _Floats
    rule: _Ints
    regime: _Ints
    r: _Floats
    age_days: _Floats

    def __post_init__(self) -> None:
        columns: dict[str, tuple[_Floats | _Ints, float, float]] = {
            "confidence": (self.confidence, 0.0, 1.0),
            "rule": (self.rule, 0, len(self.rules) - 1),
            "regime": (self.regime, 0, len(REGIMES) - 1),
            "r": (self.r, -1e9, 1e9),
            "age_days": (self.age_days, 0.0, 1e9),
        }
        for name, (column, low, high) in columns.items():
            if column.shape != self.confidence.shape or column.ndim != 1:
                raise CalibrationError(f"{name}: shape {column.shape}, all columns must be equal")
            # Written so that NaN fails too.
            if column.size and not (column.min() >= low and column.max() <= high):
                raise CalibrationError(f"{name}: a value is outside [{low:g}, {high:g}]")

    @classmethod
    def from_rows(cls, rows: Iterable[CalibrationRow]) -> Self:
        """Columns from rows; rules get their index in alphabetical order."""
        data = list(rows)
        rules = tuple(sorted({row.rule_id for row in data}))
        index = {rule: i for i, rule in enumerate(rules)}
        for row in data:
            if row.regime not in REGIMES:
                raise CalibrationError(f"regime: {row.regime!r} is none of {', '.join(REGIMES)}")
        return cls(
            rules=rules,
            confidence=np.array([row.confidence for row in data], dtype=np.float64),
            rule=np.array([index[row.rule_id] for row in data], dtype=np.int64),
            regime=np.array([REGIMES.index(row.regime) for row in data], dtype=np.int64),
            r=np.array([row.r for row in data], dtype=np.float64),
            age_days=np.array([row.age_days for row in data], dtype=np.float64),
        )


def logit(p: float) -> float:
    """log(p/(1-p)) of a probability held 1e-6 away from 0 and 1."""
    held = min(max(p, _CONFIDENCE_EDGE), 1.0 - _CONFIDENCE_EDGE)
    return math.log(held / (1.0 - held))


def sigmoid(x: float) -> float:
    """1/(1 + exp(-x)), without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    grown = math.exp(x)
    return grown / (1.0 + grown)


def expected_value(p: float) -> float:
    """EV in R of a signal that pays with probability ``p``: p·1.5 - (1-p) - 0.05."""
    return p * WIN_R - (1.0 - p) - COST_R


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted calibration; everything that ``predict`` needs, and JSON both ways.

    ``matured`` is the number of events it stands on; ``rule_offsets`` d_rule by rule,
    ``regime_offsets`` d_(rule, regime) by rule and regime. A rule or regime that the sample did not
    hold has the offset 0, the penalty's own answer to no data.
    """

    base: float
    matured: int
    a: float
    b: float
    rule_offsets: Mapping[str, float]
    regime_offsets: Mapping[str, Mapping[str, float]]
    version: str = VERSION

    @property
    def ready(self) -> bool:
        """Whether it stands on enough events to decide (100); before that V1 decides."""
        return self.matured >= MIN_MATURED

    def predict(self, confidence: float, rule_id: str, regime: str) -> float:
        """The chance in (0, 1) that a signal pays."""
        x = self.a + self.b * (logit(confidence) - logit(self.base))
        offset = self.rule_offsets.get(rule_id)
        if offset is not None:
            x += offset + self.regime_offsets[rule_id].get(regime, 0.0)
        return sigmoid(x)

    def to_json(self) -> dict[str, Any]:
        """A JSON value; ``from_json`` gives back an equal calibration."""
        return {
            "version": self.version,
            "base": self.base,
            "matured": self.matured,
            "a": self.a,
            "b": self.b,
            "rules": {
                rule: {"offset": offset, "regimes": dict(self.regime_offsets[rule])}
                for rule, offset in self.rule_offsets.items()
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read ``to_json``'s value; raises CalibrationError for another version or shape."""
        if value.get("version") != VERSION:
            raise CalibrationError(f"version: {value.get('version')!r} is not {VERSION!r}")
        try:
            rules = value["rules"]
            return cls(
                base=float(value["base"]),
                matured=int(value["matured"]),
                a=float(value["a"]),
                b=float(value["b"]),
                rule_offsets={rule: float(part["offset"]) for rule, part in rules.items()},
                regime_offsets={
                    rule: {name: float(d) for name, d in part["regimes"].items()}
                    for rule, part in rules.items()
                },
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CalibrationError(f"not a stored calibration: {error!r}") from error


def fit_calibration(sample: CalibrationSample, *, base: float = BASE_CONFIDENCE) -> Calibration:
    """Ridge logistic regression by IRLS on the events younger than 60 days.

    Deterministic: always from the same start, coefficients rounded to 9 decimals, so that the order
    of the rows (the last bits of a sum) does not show. Raises CalibrationError if it does not
    converge.
    """
    young = sample.age_days < WINDOW_DAYS
    problem = _Problem.of(sample, young, base)
    theta = _minimise(problem) if young.any() else problem.start()
    rounded = [float(value) for value in np.round(theta, _DECIMALS) + 0.0]
    rules, cells = problem.rules, len(REGIMES)
    present = np.flatnonzero(np.bincount(sample.rule[young], minlength=rules))
    first_cell = 2 + rules
    return Calibration(
        base=base,
        matured=int(young.sum()),
        a=rounded[0],
        b=rounded[1],
        rule_offsets={sample.rules[i]: rounded[2 + i] for i in present},
        regime_offsets={
            sample.rules[i]: {
                name: rounded[first_cell + i * cells + j] for j, name in enumerate(REGIMES)
            }
            for i in present
        },
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The penalised likelihood; θ = (a, b, d_rule…, d_(rule, regime)…), cells rule by rule.

    Each event touches four parameters, so gradient and Hessian are sums by cell of 1, z and z².
    """

    rules: int
    cell: _Ints
    z: _Floats
    y: _Floats
    weight: _Floats
    prior: _Floats
    penalty: _Floats

    @classmethod
    def of(cls, sample: CalibrationSample, young: NDArray[np.bool_], base: float) -> Self:
        rules, cells = len(sample.rules), len(sample.rules) * len(REGIMES)
        conf = np.clip(sample.confidence[young], _CONFIDENCE_EDGE, 1.0 - _CONFIDENCE_EDGE)
        prior = np.zeros(2 + rules + cells)
        prior[1] = _SLOPE_PRIOR
        penalty = np.concatenate(
            [
                [0.0, _SLOPE_PENALTY],
                np.full(rules, _RULE_PENALTY),
                np.full(cells, _CELL_PENALTY),
            ]
        )
        return cls(
            rules=rules,
            cell=sample.rule[young] * len(REGIMES) + sample.regime[young],
            z=np.log(conf / (1.0 - conf)) - logit(base),
            y=np.clip((sample.r[young] + 1.0 + COST_R) / (1.0 + WIN_R), 0.0, 1.0),
            weight=np.exp2(-sample.age_days[young] / HALF_LIFE_DAYS),
            prior=prior,
            penalty=penalty,
        )

    def start(self) -> _Floats:
        return self.prior.copy()

    def by_cell(self, values: _Floats) -> _Floats:
        """Sums of ``values`` by (rule, regime), shape (rules, 3)."""
        sums = np.bincount(self.cell, weights=values, minlength=self.rules * len(REGIMES))
        return np.asarray(sums, dtype=np.float64).reshape(self.rules, len(REGIMES))

    def linear(self, theta: _Floats) -> _Floats:
        rule = theta[2 : 2 + self.rules]
        cell = theta[2 + self.rules :] + np.repeat(rule, len(REGIMES))
        return np.asarray(theta[0] + theta[1] * self.z + cell[self.cell], dtype=np.float64)

    def at(self, theta: _Floats) -> "_Point":
        """Loss and probabilities at ``theta``, from one exponential that cannot overflow."""
        x = self.linear(theta)
        shrunk = np.exp(-np.abs(x))
        softplus = np.maximum(x, 0.0) + np.log1p(shrunk)
        loss = self.weight @ (softplus - self.y * x)
        loss += 0.5 * self.penalty @ (theta - self.prior) ** 2
        return _Point(theta, float(loss), np.where(x >= 0, 1.0, shrunk) / (1.0 + shrunk))

    def gradient(self, point: "_Point") -> _Floats:
        residual = self.weight * (point.p - self.y)
        by_cell = self.by_cell(residual)
        found = self.penalty * (point.theta - self.prior)
        found[0] += by_cell.sum()
        found[1] += residual @ self.z
        found[2 : 2 + self.rules] += by_cell.sum(axis=1)
        found[2 + self.rules :] += by_cell.ravel()
        return np.asarray(found, dtype=np.float64)

    def newton(self, point: "_Point", gradient: _Floats) -> _Floats:
        curvature = self.weight * point.p * (1.0 - point.p)
        return np.asarray(np.linalg.solve(self.hessian(curvature), -gradient), dtype=np.float64)

    def hessian(self, curvature: _Floats) -> _Floats:
        s0, s1 = self.by_cell(curvature), self.by_cell(curvature * self.z)
        rule, cell = slice(2, 2 + self.rules), slice(2 + self.rules, None)
        out = np.diag(self.penalty)
        out[0, 0] += s0.sum()
        out[0, 1] = s1.sum()
        out[1, 1] += curvature @ (self.z * self.z)
        for row, sums in ((0, s0), (1, s1)):
            out[row, rule] = sums.sum(axis=1)
            out[row, cell] = sums.ravel()
        index = np.arange(s0.size)
        out[2 + index // len(REGIMES), 2 + self.rules + index] = s0.ravel()
        diagonal = np.concatenate([[0.0, 0.0], s0.sum(axis=1), s0.ravel()])
        upper = np.triu(out, 1)
        return np.asarray(np.diag(np.diag(out) + diagonal) + upper + upper.T, dtype=np.float64)


class _Point(NamedTuple):
    """A place on the loss: parameters, the loss there, each event's probability."""

    theta: _Floats
    loss: float
    p: _Floats


def _minimise(problem: _Problem) -> _Floats:
    point = problem.at(problem.start())
    for _ in range(_MAX_STEPS):
        gradient = problem.gradient(point)
        if np.abs(gradient).max() < _TOLERANCE:
            return point.theta
        point = _descend(problem, point, problem.newton(point, gradient))
    raise CalibrationError(f"no convergence within {_MAX_STEPS} steps")


def _descend(problem: _Problem, point: _Point, step: _Floats) -> _Point:
    """The Newton step, halved until it does not raise the loss (it rarely has to be)."""
    slack = 1e-12 * (1.0 + abs(point.loss))
    for _ in range(_MAX_STEPS):
        candidate = problem.at(point.theta + step)
        if candidate.loss <= point.loss + slack:
            return candidate
        step = step * 0.5
    raise CalibrationError("no descent along the Newton direction")
