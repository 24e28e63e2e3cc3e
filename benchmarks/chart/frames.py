"""What a page's frames took of its main thread, read from Chromium's own trace."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.figures import Figure

CATEGORIES = ["-*", "devtools.timeline", "disabled-by-default-devtools.timeline"]
TASK, MOVED, COMMIT = "RunTask", "FireAnimationFrame", "Commit"

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the main thread: every task since the frame before, to the end of its commit.

    In milliseconds. `wall` is as long as it lasted, `cpu` what the thread had of a processor;
    `commit` is the part of `cpu` in which the canvases are rasterised (there is no GPU) and handed
    to the compositor.
    """

    wall: float
    cpu: float
    commit: float


def frames_of(trace: bytes) -> list[Frame]:
    """The frames in which a chart asked for an animation frame, in order.

    Raises:
        ValueError: the trace holds none.
    """
    by_thread: defaultdict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in json.loads(trace)["traceEvents"]:
        if event["ph"] == "X" and event["name"] in {TASK, MOVED, COMMIT}:
            by_thread[event["pid"], event["tid"]].append(event)
    moved = Counter({thread: _count(MOVED, events) for thread, events in by_thread.items()})
    busiest = moved.most_common(1)
    if not busiest or busiest[0][1] == 0:
        raise ValueError("no animation frame in the trace")
    return list(_frames(by_thread[busiest[0][0]]))


def _count(name: str, events: Iterable[Event]) -> int:
    return sum(event["name"] == name for event in events)


def _frames(events: Sequence[Event]) -> Iterable[Frame]:
    """Tasks in order, cut after each that commits."""
    tasks = sorted((e for e in events if e["name"] == TASK), key=lambda e: e["ts"])
    starts = [task["ts"] for task in tasks]
    within: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event["name"] != TASK:
            within[bisect_right(starts, event["ts"]) - 1].append(event)
    first = 0
    for last in sorted(index for index, inner in within.items() if _count(COMMIT, inner)):
        inner = [event for index in range(first, last + 1) for event in within[index]]
        if _count(MOVED, inner):
            commits = [event for event in inner if event["name"] == COMMIT]
            whole = tasks[first : last + 1]
            yield Frame(_ms(whole, "dur"), _ms(whole, "tdur"), _ms(commits, "tdur"))
        first = last + 1


def _ms(events: Iterable[Event], field: str) -> float:
    return float(sum(event.get(field, 0) for event in events) / 1_000)


def figures(group: str, frames: Sequence[Frame], note: str) -> list[Figure]:
    """Median and 95th percentile, against the targets."""
    wall, cpu, commit = (
        np.percentile([getattr(frame, name) for frame in frames], [50, 95]).round(2).tolist()
        for name in ("wall", "cpu", "commit")
    )
    return [
        Figure(group, "frame, median", wall[0], "ms", 8, note),
        Figure(group, "frame, p95", wall[1], "ms", 16, f"{len(frames)} frames"),
        Figure(group, "its processor time, median", cpu[0], "ms"),
        Figure(group, "its processor time, p95", cpu[1], "ms"),
        Figure(group, "of it raster and handing over, median", commit[0], "ms"),
    ]
