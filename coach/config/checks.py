"""System checks of the whole house: what is wrong with this machine, and what to do about it.

They look at settings and files alone. Whether the database and Redis answer is `/readyz`'s
question: a check that needed them would stop `migrate` from ever making them.
"""

from __future__ import annotations

import ipaddress
import os
import sqlite3
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from coach.config.env import Env
from coach.config.redis_server import RedisServerMissingError, find_redis_server
from coach.engine.version import CACHE_VARIABLE, cache_folder

# INSERT … RETURNING gives the ids of rows inserted together.
OLDEST_SQLITE = (3, 35, 0)
HOUSE = "house"
"""Tag of these checks: what a process that serves no pages asks before it starts."""
NEEDS_EXECUTE = os.R_OK | os.W_OK | os.X_OK


def is_loopback(host: str) -> bool:
    """Whether a server that listens on `host` is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_exposure(env: Env) -> list[CheckMessage]:
    """Who can reach this server, and what they would get."""
    found: list[CheckMessage] = []
    open_to_others = env.BEHIND_TLS_PROXY or not is_loopback(env.HOST)
    if env.DEBUG and open_to_others:
        found.append(
            Error(
                "DEBUG is on and others can reach this server.",
                hint="Unset DEBUG: its error pages show code, settings and local variables.",
                id="config.E001",
            )
        )
    if not is_loopback(env.HOST) and not env.BEHIND_TLS_PROXY:
        found.append(
            checks.Warning(
                f"HOST={env.HOST} takes connections from other machines without TLS.",
                hint="Passwords and cookies would cross the network in the clear. Listen on "
                "127.0.0.1, or put a TLS proxy in front and set BEHIND_TLS_PROXY=1.",
                id="config.W001",
            )
        )
    if "*" in env.ALLOWED_HOSTS:
        found.append(
            checks.Warning(
                "ALLOWED_HOSTS has '*'.",
                hint="Name the hosts: with '*' any web page can reach a local Coach by rebinding "
                "its own name to 127.0.0.1.",
                id="config.W002",
            )
        )
    return found


def check_sources(env: Env) -> list[CheckMessage]:
    """What the chosen sources and stores need."""
    found: list[CheckMessage] = []
    if env.SOURCE == "polygon" and not env.POLYGON_API_KEY:
        found.append(
            Error(
                "SOURCE=polygon needs POLYGON_API_KEY.",
                hint="Set the key, or SOURCE=synthetic or SOURCE=replay, which need none; bars of "
                "your own come in with `manage.py import_bars FILE`.",
                id="config.E002",
            )
        )
    if not env.DATABASE_URL and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        found.append(
            Error(
                f"SQLite {sqlite3.sqlite_version} is too old; Coach needs {oldest}.",
                hint="Use a newer Python or system library, or set DATABASE_URL to PostgreSQL.",
                id="config.E003",
            )
        )
    if not env.REDIS_URL:
        try:
            find_redis_server()
        except RedisServerMissingError as error:
            found.append(Error("There is no Redis server.", hint=str(error), id="config.E004"))
    return found


def check_directories(data_dir: Path, runtime_dir: Path) -> list[CheckMessage]:
    """Whether the directories can be written, and by us alone where it matters."""
    found: list[CheckMessage] = []
    if not os.access(data_dir, NEEDS_EXECUTE):
        found.append(
            Error(
                f"{data_dir} cannot be written.",
                hint="Change its owner, or set DATA_DIR to a directory that can.",
                id="config.E005",
            )
        )
    if runtime_dir.stat().st_mode & 0o077:
        found.append(
            Error(
                f"Other users of this machine can reach the sockets in {runtime_dir}.",
                hint=f"chmod 700 {runtime_dir}",
                id="config.E006",
            )
        )
    key = data_dir / "secret_key"
    if key.exists() and key.stat().st_mode & 0o077:
        found.append(
            Error(
                f"Other users of this machine can read {key}.",
                hint=f"chmod 600 {key}, and delete it if it may have been read: a new one is made "
                "at the next start, and everybody logs in again.",
                id="config.E007",
            )
        )
    return found


def check_machine_code() -> list[CheckMessage]:
    """Whether the evaluator's compiled code can be kept."""
    try:
        folder = cache_folder()
    except RuntimeError as error:
        return [Error("The evaluator has no cache.", hint=str(error), id="config.E008")]
    if os.access(folder, NEEDS_EXECUTE):
        return []
    return [
        checks.Warning(
            f"{folder} cannot be written: each process compiles the evaluator anew.",
            hint=f"Change its owner, or set {CACHE_VARIABLE} to a directory that can.",
            id="config.W004",
        )
    ]


def check_client(dist: Path) -> list[CheckMessage]:
    """Whether the client is built."""
    if (dist / "index.html").is_file():
        return []
    return [
        checks.Warning(
            "The client is not built: pages answer 503, the API works.",
            hint="Run make run, or npm ci && npm run build in frontend.",
            id="config.W003",
        )
    ]


@register(HOUSE)
def check_house(**_: object) -> list[CheckMessage]:
    """All of the above, on this machine's settings."""
    env: Env = settings.ENV
    return [
        *check_exposure(env),
        *check_sources(env),
        *check_directories(settings.DATA_DIR, settings.RUNTIME_DIR),
        *check_machine_code(),
        *check_client(settings.FRONTEND_DIST),
    ]
