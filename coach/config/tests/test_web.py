"""A second web process stands by, and serves when the first has ended."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coach.config import port
from coach.config.env import BASE_DIR
from tests.processes import OwnRedis, listener, wait_until
from tests.running import answers, environment_of, free_port

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def number() -> int:
    return free_port()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "web.log"


@pytest.fixture
def start(tmp_path: Path, log: Path, number: int) -> Iterator[Start]:
    """Starts web processes on one port and one database, and kills them in the end."""
    redis = OwnRedis(tmp_path)
    redis.start()
    environment = environment_of(tmp_path) | {"REDIS_URL": redis.url, "PORT": str(number)}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True
    )
    started = []

    def one_more() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "coach.config.web"],
                cwd=BASE_DIR,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield one_more
    for process in started:
        process.kill()
        process.wait(10)
    redis.kill()


def wait_for_line(log: Path, line: str, times: int = 1) -> None:
    def is_there() -> bool:
        return log.read_text().count(line) >= times

    wait_until(is_there, what=f"{line!r} in {log}", seconds=60)


def serves(number: int) -> bool:
    return answers(f"http://127.0.0.1:{number}/healthz")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "told to end"])
def test_the_second_serves_when_the_first_has_ended(
    start: Start, log: Path, number: int, how: signal.Signals
) -> None:
    first = start()
    wait_until(lambda: serves(number), what="the first serves", seconds=60)
    second = start()
    wait_for_line(log, "stands by until nobody listens")
    assert listener(number, [first.pid, second.pid]) == first.pid
    os.kill(first.pid, how)
    wait_until(lambda: serves(number), what="the second serves", seconds=60)
    wait_until(lambda: first.poll() is not None, what="the first has ended")
    assert listener(number, [second.pid]) == second.pid
    wait_for_line(log, f"serves http://127.0.0.1:{number}", times=2)


def test_who_stands_by_ends_when_told(start: Start, log: Path, number: int) -> None:
    with socket.create_server(("127.0.0.1", number)):
        waiting = start()
        wait_for_line(log, "stands by until nobody listens")
        waiting.terminate()
        assert waiting.wait(20) == -signal.SIGTERM
    assert "Traceback" not in log.read_text()


def test_a_taken_port_is_told_from_a_free_one(number: int) -> None:
    assert not port.is_taken("127.0.0.1", number)
    with socket.create_server(("127.0.0.1", number)):
        assert port.is_taken("127.0.0.1", number)
        with pytest.raises(OSError, match="in use") as caught:
            port.listen("127.0.0.1", number)
        assert caught.value.errno == errno.EADDRINUSE
    assert not port.is_taken("127.0.0.1", number)


def test_every_address_of_a_name_is_served(number: int) -> None:
    expected = {each[4][0] for each in socket.getaddrinfo("localhost", number)}
    sockets = port.listen("localhost", number)
    assert {one.getsockname()[0] for one in sockets} == expected
    for one in sockets:
        one.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid"])
def test_a_host_that_is_none_of_this_machine_is_named(host: str, number: int) -> None:
    with pytest.raises(port.NoSuchHostError, match=f"^HOST={host}"):
        port.listen(host, number)
