"""`python -m benchmarks.stream`: latency of an event from publisher to thousands of clients.

Everything runs on this machine over loopback: a Redis and a web process of the benchmark's own, one
process that publishes, and one that holds all the clients. The figures hold for a machine that does
nothing else; the load of the clients is included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import redis
import uvloop

from benchmarks.stream.clients import Tally, join
from coach.config.env import BASE_DIR
from coach.config.redis_server import redis_command
from coach.live.ring import Frame, publish
from tests.processes import wait_for_redis, wait_until
from tests.running import answers, free_port

HOST = "127.0.0.1"
SETTLE_EVENTS = 5  # the first events warm the paths up and are not timed


@dataclass(frozen=True, slots=True)
class Result:
    """One run."""

    clients: int
    events_per_second: float
    seconds: float
    delivered: int
    lost: int
    broken: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    join_seconds: float
    kb_per_client: float
    extra_threads: int
    extra_database_connections: int
    server_cpu_percent: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What the web process holds."""

    rss_kb: int
    threads: int
    database_files: int
    cpu_seconds: float


def usage_of(pid: int) -> Usage:
    """Read from /proc."""
    proc = Path(f"/proc/{pid}")
    status = dict(
        line.split(":", 1) for line in (proc / "status").read_text().splitlines() if ":" in line
    )
    files = 0
    for link in (proc / "fd").iterdir():
        try:
            files += "sqlite3" in str(link.readlink())
        except FileNotFoundError:
            continue  # closed meanwhile
    fields = (proc / "stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    return Usage(
        int(status["VmRSS"].split()[0]),
        int(status["Threads"]),
        files,
        ticks / os.sysconf("SC_CLK_TCK"),
    )


@contextmanager
def house(directory: Path) -> Iterator[tuple[str, int, int, str]]:
    """A Redis and a web process: the Redis URL, the port, the pid, and a user's token."""
    socket = directory / "r.sock"
    url, port = f"unix://{socket}", free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
        "DATA_DIR": str(directory),
        "REDIS_URL": url,
        "STREAM_PER_USER": "100000",
        "STREAM_CLIENTS": "100000",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "coach.config.settings",
    }
    server = subprocess.Popen(
        redis_command(socket=socket, data_dir=directory / "redis"), stdout=subprocess.DEVNULL
    )
    web: subprocess.Popen[bytes] | None = None
    try:
        wait_for_redis(url, server)
        token = _prepare(environment)
        web = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "coach.config.asgi:application"),
                *("--port", str(port), "--no-access-log", "--log-level", "warning"),
                *("--timeout-graceful-shutdown", "5"),
            ],
            cwd=BASE_DIR,
            env=environment,
        )
        wait_until(lambda: answers(f"http://{HOST}:{port}/healthz"), what="the web process answers")
        yield url, port, web.pid, token
    finally:
        for process in filter(None, (web, server)):
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _prepare(environment: dict[str, str]) -> str:
    """Make the database and a user; return the user's token."""
    manage = [sys.executable, "manage.py"]
    name = f"bench-{secrets.token_hex(4)}"
    make_user = (
        "from django.contrib.auth import get_user_model\n"
        "from rest_framework.authtoken.models import Token\n"
        f"user = get_user_model().objects.create_user(username='{name}')\n"
        "print('token', Token.objects.create(user=user).key)"
    )
    subprocess.run([*manage, "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True)
    printed = subprocess.run(
        [*manage, "shell", "-v0", "-c", make_user],
        cwd=BASE_DIR,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return str(printed.split("token ")[1].split()[0])


def publish_for(url: str, rate: float, count: int) -> None:
    """Publish `count` bars, evenly spaced; each names the moment it was published."""
    client = redis.Redis.from_url(url)
    began = time.monotonic()
    for seq in range(count):
        time.sleep(max(0.0, began + seq / rate - time.monotonic()))
        data = {
            "srvTs": time.time() * 1000,
            "ingestTs": time.time() * 1000,
            "symbol": "SPY",
            "timeframe": "1m",
            "seq": seq,
            "prevSeq": seq - 1,
            "ts": seq * 60_000,
            "o": 451.1,
            "h": 451.4,
            "l": 450.9,
            "c": 451.2,
            "v": 81_223,
            "ema20": 451.0312,
            "ema50": 450.8731,
            "vwap": 451.0123,
        }
        publish(client, [Frame("bar", orjson.dumps(data), symbol="SPY")])


async def measure(
    house_of: tuple[str, int, int, str], *, clients: int, rate: float, seconds: float
) -> Result:
    """One run against a running house."""
    url, port, pid, token = house_of
    tally = Tally()
    warm = await join(1, host=HOST, port=port, token=token, tally=Tally())
    before = usage_of(pid)
    began = time.monotonic()
    transports = await join(clients, host=HOST, port=port, token=token, tally=tally)
    joined = time.monotonic() - began
    full = usage_of(pid)
    count = int(rate * seconds) + SETTLE_EVENTS
    publisher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.stream", "--publish", url),
        *("--rate", str(rate), "--count", str(count)),
        cwd=BASE_DIR,
    )
    await publisher.wait()
    await tally.until(lambda: tally.events + tally.lost >= count * clients or tally.broken > 0)
    after = usage_of(pid)
    broken = tally.broken
    for transport in (*transports, *warm):
        transport.abort()
    timed = np.array(tally.latencies_ms[SETTLE_EVENTS * clients :])
    p50, p95, p99 = np.percentile(timed, [50, 95, 99])
    return Result(
        clients=clients,
        events_per_second=rate,
        seconds=seconds,
        delivered=tally.events,
        lost=tally.lost + count * clients - tally.events,
        broken=broken,
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
        p99_ms=round(float(p99), 1),
        max_ms=round(float(timed.max()), 1),
        join_seconds=round(joined, 1),
        kb_per_client=round((full.rss_kb - before.rss_kb) / clients, 1),
        extra_threads=full.threads - before.threads,
        extra_database_connections=full.database_files - before.database_files,
        server_cpu_percent=round(100 * (after.cpu_seconds - full.cpu_seconds) / (count / rate), 1),
    )


def table(results: list[Result]) -> str:
    """The runs, one a line."""
    names = [
        *("clients", "p50_ms", "p95_ms", "p99_ms", "max_ms", "lost", "broken", "kb_per_client"),
        *("extra_threads", "extra_database_connections", "server_cpu_percent", "join_seconds"),
    ]
    lines = ["  ".join(names)]
    lines += [
        "  ".join(f"{getattr(result, name):>{len(name)}}" for name in names) for result in results
    ]
    return "\n".join(lines)


def main() -> None:
    """Parse, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=5.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--publish", metavar="REDIS_URL", help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.publish:
        publish_for(options.publish, options.rate, options.count)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    results: list[Result] = []
    with (
        tempfile.TemporaryDirectory(prefix="coach-bench-") as name,
        house(Path(name)) as running,
    ):
        for _ in range(options.runs):
            run = measure(
                running, clients=options.clients, rate=options.rate, seconds=options.seconds
            )
            results.append(uvloop.run(run))
            print(table(results[-1:]), flush=True)
    print(table(results))
    first = results[0].kb_per_client  # later runs reuse what the first has allocated
    summary: dict[str, Any] = {
        "runs": [asdict(result) for result in results],
        "median": {
            name: statistics.median(getattr(result, name) for result in results)
            for name in ("p50_ms", "p95_ms", "p99_ms", "server_cpu_percent")
        },
        "kb_per_client": first,
    }
    print(f"median of {len(results)} runs: {json.dumps(summary['median'])}; {first} kB a client")
    target = BASE_DIR / "bench-results"
    target.mkdir(exist_ok=True)
    (target / "stream.json").write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
