"""The product as `make run` starts it, with a DATA_DIR (and a PostgreSQL) of its own, to be broken.

Nothing here touches a process that this benchmark did not start.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coach.config.env import BASE_DIR
from tests.processes import wait_until
from tests.running import Running, free_port, running

MARKS = {
    "worker": "\0worker\0",
    "beat": "\0beat\0",
    "redis": "redis-server",
}


class PostgresMissingError(RuntimeError):
    """No PostgreSQL server program on this machine."""


def find_postgres() -> Path:
    """The folder of PostgreSQL's server programs.

    Raises:
        PostgresMissingError: there is none.
    """
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if all((folder / program).exists() for program in ("initdb", "pg_isready", "postgres")):
            return folder
    raise PostgresMissingError("initdb and postgres not found; install the postgresql package")


class OwnPostgres:
    """A PostgreSQL cluster in a temporary folder, durable as it comes, that may be killed.

    Run as root it becomes the user `postgres` or `nobody`: the server refuses to be root.
    """

    def __init__(self, directory: Path) -> None:
        self._programs = find_postgres()
        self._directory = directory / "postgres"
        self._directory.mkdir(mode=0o700)
        self._log = (directory / "postgres.log").open("ab")
        self._user = self._unprivileged()
        self.port = free_port()
        self.url = f"postgres://coach@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self._directory), "-U", "coach", "-A", "trust", "-E", "UTF8")

    def _unprivileged(self) -> str | None:
        if os.getuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            with contextlib.suppress(LookupError):
                shutil.chown(self._directory, user=name)
                self._directory.parent.chmod(0o755)
                return name
        raise PostgresMissingError("no user postgres or nobody to run the server as")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=self._log, stderr=self._log, user=self._user)

    def start(self) -> None:
        """Start, and again as a service manager would until the dead one's memory is gone."""

        def accepts() -> bool:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [
                        *(str(self._programs / "postgres"), "-D", str(self._directory)),
                        *("-p", str(self.port), "-k", str(self._directory)),
                        *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
                    ],
                    stdout=self._log,
                    stderr=self._log,
                    user=self._user,
                )
            ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1"]
            return subprocess.run([*ready, "-p", str(self.port)], check=False).returncode == 0

        wait_until(accepts, what="PostgreSQL accepts connections", seconds=60, every=0.1)

    def kill(self) -> None:
        """SIGKILL to the postmaster; its children see it and go."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
        self._log.close()


@dataclass(frozen=True, slots=True)
class Product:
    """The running product, and what a client of it needs."""

    app: Running
    environment: dict[str, str]
    username: str
    token: str
    postgres: OwnPostgres | None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return self.app.base_url

    @property
    def headers(self) -> dict[str, str]:
        """What says who we are."""
        return {"Authorization": f"Token {self.token}"}

    def pid(self, name: str) -> int | None:
        """The process id of the supervisor's child of that kind, of two web processes the one that
        serves; None while it has none."""
        if name == "web":
            return self.app.web_server
        for pid in self.app.children:
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            except FileNotFoundError:
                continue
            if MARKS[name] in command:
                return pid
        return None

    def log_size(self) -> int:
        """Bytes printed so far."""
        return self.app.log.stat().st_size

    def said_since(self, size: int, *words: str) -> bool:
        """Whether a line printed after `size` bytes has all the words."""
        with self.app.log.open("rb") as file:
            file.seek(size)
            lines = file.read().decode(errors="replace").splitlines()
        return any(all(word in line for word in words) for line in lines)


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a management command and return what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command,
        cwd=BASE_DIR,
        env=dict(environment),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


MAKE_USER = """
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
from coach.market.services import make_synthetic_history
make_synthetic_history(symbols=["AAPL", "SPY"], seed=20, sessions=3)
user = get_user_model().objects.create_user(username={name!r}, is_staff=True)
print("token", Token.objects.create(user=user).key)
"""


@contextlib.contextmanager
def product(directory: Path, *, postgres: bool, data_dir: Path | None = None) -> Iterator[Product]:
    """Run Coach on a market of two symbols at sixty times the speed, without demo history."""
    database = OwnPostgres(directory) if postgres else None
    extra = {"SPEED": "60", "SYMBOLS": "AAPL,SPY", "DEMO": "0", "STREAM_PER_USER": "1000"}
    if database is not None:
        database.start()
        extra["DATABASE_URL"] = database.url
    directory_of_data = data_dir or directory / "data"
    directory_of_data.mkdir(parents=True, exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= extra | {"DATA_DIR": str(directory_of_data), "LOG_LEVEL": "WARNING"}
    name = f"chaos-{secrets.token_hex(4)}"
    try:
        manage(environment, "migrate", "-v0")
        printed = manage(environment, "shell", "-v0", "-c", MAKE_USER.format(name=name))
        token = printed.split("token ")[1].split()[0]
        with running(directory_of_data, extra) as app:
            yield Product(app, environment, name, token, database)
    finally:
        if database is not None:
            database.stop()
