"""Prometheus over several processes, right also after some of them were killed.

Every process writes its values to memory-mapped files of its own; a scrape adds them up. A file is
named by process id *and* start time, so that a new process with a dead one's id is told from it.
What a dead process counted is kept: its counters and histograms are folded into one archive. What
it last measured is forgotten with it: its gauges are removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

ARCHIVE = "dead"
LOCK = "lock"
INTENT = "fold.json"
_identifiers: dict[int, str] = {}


def install(directory: Path) -> None:
    """Keep every metric that is created from now on in files under `directory`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.MultiProcessValue(process_identifier=identifier)


def identifier() -> str:
    """This process's name in the file names: `pid-starttime`. Asked for at every increment."""
    pid = os.getpid()
    if pid not in _identifiers:
        _identifiers[pid] = f"{pid}-{start_time(pid) or 0}"
    return _identifiers[pid]


def start_time(pid: int) -> int | None:
    """When the process began, in the kernel's ticks; 0 where that cannot be told; None: none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _start_time_without_proc(pid)
    # The second field, the program's name, may hold spaces and brackets.
    after_name = stat[stat.rindex(b")") + 2 :].split()
    return None if after_name[0] == b"Z" else int(after_name[19])


def _start_time_without_proc(pid: int) -> int | None:
    try:
        with contextlib.suppress(PermissionError):  # it runs, as somebody else
            os.kill(pid, 0)
    except ProcessLookupError:
        return None
    return 0


def is_alive(name: str) -> bool:
    """Whether the process that a file name's `pid-starttime` names still runs."""
    pid, _, started = name.partition("-")
    return pid.isdigit() and start_time(int(pid)) == int(started or 0)


class DirectoryCollector(Collector):
    """All processes' values: those that run, and what dead ones had counted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Any]:
        """Tidy up, then add up."""
        with _locked(self._directory):
            _finish_fold(self._directory)
            _fold_dead(self._directory)
            files = [str(path) for path in self._directory.glob("*.db")]
            return list(MultiProcessCollector.merge(files, accumulate=True))


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[IO[bytes]]:
    """One scrape at a time over all web processes: a fold moves values from file to file."""
    with (directory / LOCK).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _fold_dead(directory: Path) -> None:
    dead = [path for path in directory.glob("*.db") if _is_dead(path)]
    counted = [path for path in dead if not path.name.startswith("gauge_")]
    for path in set(dead) - set(counted):
        path.unlink()
    if counted:
        _fold(directory, counted)


def _is_dead(path: Path) -> bool:
    name = path.stem.rpartition("_")[2]
    return name != ARCHIVE and not is_alive(name)


def _fold(directory: Path, dead: list[Path]) -> None:
    """Add the dead files to the archives. The intent is written first, so that a fold that is cut
    short is finished by the next scrape and nothing counts twice."""
    types = {path.name.partition("_")[0] for path in dead}
    for kind in types:
        sources = [path for path in dead if path.name.startswith(f"{kind}_")]
        archive = directory / f"{kind}_{ARCHIVE}.db"
        _write_sum(directory / f"{kind}.new", [archive, *sources] if archive.exists() else sources)
    intent = directory / f"{INTENT}.new"
    intent.write_text(json.dumps({"types": sorted(types), "dead": [path.name for path in dead]}))
    intent.replace(directory / INTENT)
    _finish_fold(directory)


def _write_sum(target: Path, sources: list[Path]) -> None:
    sums: dict[str, float] = {}
    for source in sources:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(source)):
            sums[key] = sums.get(key, 0.0) + value
    target.unlink(missing_ok=True)
    file = MmapedDict(str(target))
    for key, value in sums.items():
        file.write_value(key, value, 0.0)
    file.close()


def _finish_fold(directory: Path) -> None:
    path = directory / INTENT
    if not path.exists():
        return
    intent = json.loads(path.read_text())
    for kind in intent["types"]:
        with contextlib.suppress(FileNotFoundError):  # moved before the fold was cut short
            (directory / f"{kind}.new").replace(directory / f"{kind}_{ARCHIVE}.db")
    for name in intent["dead"]:
        (directory / name).unlink(missing_ok=True)
    path.unlink()
