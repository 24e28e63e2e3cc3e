"""Metrics of several processes add up, also when some of them were killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from observability import multiprocess
from observability.multiprocess import DirectoryCollector

PROGRAM = """
import sys
from pathlib import Path
from observability import multiprocess
multiprocess.install(Path(sys.argv[1]))
from prometheus_client import Counter, Gauge, Histogram
count = Counter("done_total", "", ["rule"])
held = Gauge("held", "", multiprocess_mode="livesum")
took = Histogram("took_ms", "", buckets=(120, 180))
for _ in range(10):
    count.labels("ltp").inc()
    took.observe(150)
held.set(5)
print("counted", flush=True)
sys.stdin.read()
"""


class Counting:
    """A process that has counted 10 of each and waits."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == b"counted\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Counting]]:
    processes = [Counting(tmp_path) for _ in range(3)]
    yield processes
    for process in processes:
        process.kill()


def scrape(directory: Path) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(DirectoryCollector(directory))
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def expected(*, held: float) -> dict[str, float]:
    return {
        "done_total ltp": 30,
        "took_ms_bucket 120.0": 0,
        "took_ms_bucket 180.0": 30,
        "took_ms_bucket +Inf": 30,
        "took_ms_count": 30,
        "took_ms_sum": 4_500,
        **({"held": held} if held else {}),
    }


@pytest.mark.usefixtures("three")
def test_processes_add_up(tmp_path: Path) -> None:
    assert scrape(tmp_path) == expected(held=15)


def test_a_killed_process_leaves_its_counts_and_takes_its_gauges(
    three: list[Counting], tmp_path: Path
) -> None:
    three[0].kill()
    assert scrape(tmp_path) == expected(held=10)
    three[1].kill()
    assert scrape(tmp_path) == expected(held=5)
    three[2].kill()
    assert scrape(tmp_path) == expected(held=0)
    assert scrape(tmp_path) == expected(held=0)
    assert {path.name for path in tmp_path.glob("*.db")} == {
        "counter_dead.db",
        "histogram_dead.db",
    }


@pytest.mark.parametrize("cut_after", ["intent", "move"])
def test_a_fold_that_was_cut_short_is_finished_and_counts_once(
    three: list[Counting], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_after: str
) -> None:
    for process in three[:2]:
        process.kill()
    intended = tmp_path / multiprocess.INTENT
    real_replace, real_unlink = Path.replace, Path.unlink

    def replace(path: Path, target: Path) -> Path:
        if intended.exists() and cut_after == "intent":
            raise KeyboardInterrupt
        return real_replace(path, target)

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        if intended.exists():
            raise KeyboardInterrupt
        real_unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        if cut_after == "move":
            patch.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            multiprocess._fold(
                tmp_path,
                [path for path in tmp_path.glob("[ch]*.db") if multiprocess._is_dead(path)],
            )
    assert intended.exists()
    assert scrape(tmp_path) == expected(held=5)


def test_a_new_process_with_a_dead_ones_id_is_told_from_it() -> None:
    mine = multiprocess.identifier()
    assert multiprocess.is_alive(mine)
    pid, _, started = mine.partition("-")
    assert int(pid) == os.getpid()
    assert not multiprocess.is_alive(f"{pid}-{int(started) - 1}")
    assert not multiprocess.is_alive("dead")
