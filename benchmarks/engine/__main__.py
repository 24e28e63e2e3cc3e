"""``python -m benchmarks.engine``: how fast the evaluator is, beside a hand-fused loop and a peer.

Prints a table and writes ``bench-results/engine.json``. Rates are those of one core: the time is
the processor's, not the wall's, so that a busy machine blurs them less (the wall's median stands
beside them). Best of several repetitions, since another process can only make one slower. It
reports and never fails.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.engine.hand_fused import scan_by_hand
from benchmarks.engine.market import minutes
from benchmarks.engine.peers import vectorbt
from coach.engine.bars import Bar, Bars, Columns
from coach.engine.jit import ensure
from coach.engine.kernel import new_state, scan
from coach.engine.layout import RecordArray
from coach.engine.live import LiveBook, LiveEvaluator
from coach.engine.outcome import outcomes
from coach.engine.resample import resample
from coach.engine.ruleset import CORE_RULES, RuleSet, compile_rules
from coach.engine.run import run
from coach.engine.version import engine_version
from coach.engine.warm import warm_up

SYMBOLS = 8_000
LIVE_BARS, ROUND = 20_000, 1_000


class Seconds(NamedTuple):
    """One repetition, by the processor's clock and by the wall's."""

    cpu: float
    wall: float


class Row(NamedTuple):
    """One line of the report: a rate or a time beside its target."""

    name: str
    unit: str
    best: float
    median: float
    wall: float
    target: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything, print the table, write the file."""
    options = _parser().parse_args(arguments)
    bars, rules = minutes(options.bars), compile_rules(CORE_RULES)
    warm_up()
    ensure(scan_by_hand)
    rows, facts = _measure(bars, rules, options.repetitions)
    if not options.no_peers:
        rows += _peers(bars, rules, options.repetitions, facts)
    _print(rows, facts)
    _write(options.results, rows, facts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--no-peers", action="store_true", help="leave vectorbt out")
    parser.add_argument("--results", type=Path, default=Path("bench-results"))
    return parser


def _once(work: Callable[[], Any]) -> Seconds:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.process_time() - cpu, time.perf_counter() - wall)


def _timed(work: Callable[[], Any], repetitions: int) -> list[Seconds]:
    work()
    return [_once(work) for _ in range(repetitions)]


def _row(name: str, unit: str, each: Callable[[float], float], seconds: list[Seconds]) -> Row:
    best = min(seconds).cpu
    median = statistics.median(one.cpu for one in seconds)
    wall = statistics.median(one.wall for one in seconds)
    return Row(name, unit, each(best), each(median), each(wall), "")


def _rate(name: str, count: int, seconds: list[Seconds], target: str = "") -> Row:
    row = _row(name, "M bars/s", lambda taken: count / taken / 1e6, seconds)
    return row._replace(target=target)


def _each(name: str, unit: str, scale: float, seconds: list[Seconds], target: str) -> Row:
    return _row(name, unit, lambda taken: taken * scale, seconds)._replace(target=target)


def _measure(bars: Bars, rules: RuleSet, repetitions: int) -> tuple[list[Row], dict[str, Any]]:
    count, by_hand = len(bars), np.zeros((len(bars) // 2, 6))
    kernel, hand = [], []
    for _ in range(repetitions):  # in turns, so that a busy machine is unfair to neither
        kernel.append(_once(lambda: scan(bars, rules, new_state())))
        hand.append(_once(lambda: _by_hand(bars, by_hand)))
    triggers = scan(bars, rules, new_state())
    anchored = run(bars, rules)
    rows = [
        _rate("scan, three core rules", count, kernel, "≥ 20"),
        _rate("the same, fused by hand", count, hand),
        _rate("run with anchors, emitted", count, _timed(lambda: run(bars, rules), 9), "≥ 10"),
        _rate("outcomes of the triggers", count, _outcomes(bars, anchored)),
        _rate("1m resampled to 5m", count, _timed(lambda: resample(bars, "5m"), 5)),
        _each("live step, three rules, from Python", "µs", 1e6, _live(bars, rules), "≤ 10"),
        _each(f"minute close of {SYMBOLS:,} symbols", "ms", 1e3, _book(bars, rules), "≤ 2000"),
    ]
    facts = {
        "bars": count,
        "triggers": len(triggers),
        "triggersWithAnchors": len(anchored),
        "handFused": {
            "ratio": round(
                statistics.median(a.cpu / b.cpu for a, b in zip(kernel, hand, strict=True)), 3
            ),
            "target": "≤ 1.2",
            "sameTriggers": _same(bars, triggers, by_hand),
        },
    }
    return rows, facts


def _by_hand(bars: Bars, out: np.ndarray) -> int:
    return scan_by_hand(bars.high, bars.low, bars.close, bars.volume, bars.session_day, out)


def _same(bars: Bars, triggers: RecordArray, out: np.ndarray) -> bool:
    """The hand-fused loop fires the same triggers, confidence within 1e-9."""
    count = _by_hand(bars, out)
    if count != len(triggers):
        return False
    at, rule, direction, confidence, trend, volatility = out[:count].T
    return bool(
        (bars.ts[at.astype(int)] == triggers["ts"]).all()
        and (rule == triggers["rule"]).all()
        and (direction == triggers["direction"]).all()
        and (np.abs(confidence - triggers["confidence"]) <= 1.1e-9).all()
        and (trend == triggers["trend"]).all()
        and (volatility == triggers["volatility"]).all()
    )


def _outcomes(bars: Bars, triggers: RecordArray) -> list[Seconds]:
    return _timed(lambda: outcomes(bars, triggers, "1m"), 5)


def _live(bars: Bars, rules: RuleSet) -> list[Seconds]:
    """Seconds a bar: one closed bar into a live evaluator, anchors included, in rounds of 1,000."""
    live = LiveEvaluator(rules)
    single = [bars.bar(i) for i in range(min(LIVE_BARS, len(bars)))]

    def take(part: Sequence[Bar]) -> None:
        for bar in part:
            live.on_bar(bar)

    seconds = [_once(partial(take, single[at : at + ROUND])) for at in range(0, len(single), ROUND)]
    return [Seconds(each.cpu / ROUND, each.wall / ROUND) for each in seconds]


def _book(bars: Bars, rules: RuleSet) -> list[Seconds]:
    """Seconds a minute: one closed bar of each of 8,000 symbols, in one call."""
    book, rows = LiveBook(rules, SYMBOLS), np.arange(SYMBOLS)
    seconds = []
    for i in range(40):
        repeated: list[Any] = [np.repeat(column[i : i + 1], SYMBOLS) for column in bars.columns]
        seconds.append(_once(partial(book.on_bars, rows, Columns(*repeated))))
    return seconds


def _peers(bars: Bars, rules: RuleSet, repetitions: int, facts: dict[str, Any]) -> list[Row]:
    triggers = scan(bars, rules, new_state())
    peer = vectorbt(bars, triggers, [each.rule_id for each in rules.rules], repetitions)
    ours = min(_timed(lambda: scan(bars, rules, new_state()), repetitions))
    theirs = [Seconds(*each) for each in peer.seconds]
    facts["vectorbt"] = {
        "version": peer.version,
        "timesFaster": round(min(theirs).cpu / ours.cpu, 2),
        "target": "≥ 3",
        "agreement": peer.agreement,
    }
    return [_rate(f"vectorbt {peer.version}, signals alone", len(bars), theirs)]


def _print(rows: list[Row], facts: dict[str, Any]) -> None:
    print(f"{facts['bars']:,} one-minute bars, {facts['triggers']:,} triggers\n")
    print(f"{'':40} {'best':>9} {'median':>9} {'wall':>9}  unit      target")
    for row in rows:
        figures = f"{row.best:9.2f} {row.median:9.2f} {row.wall:9.2f}"
        print(f"{row.name:40} {figures}  {row.unit:9} {row.target}")
    print()
    for name in ("handFused", "vectorbt"):
        if name in facts:
            print(f"{name}: {json.dumps(facts[name], ensure_ascii=False)}")


def _write(folder: Path, rows: list[Row], facts: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report = {
        "engineVersion": engine_version(),
        "machine": {"processor": platform.processor(), "python": platform.python_version()},
        **facts,
        "rows": [row._asdict() for row in rows],
    }
    (folder / "engine.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
