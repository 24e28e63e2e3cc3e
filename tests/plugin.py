"""Loaded by pytest before Django's settings: a data directory, and so a Redis, of this run's own.

With `DATABASE_URL` the tests use that server (Django makes and drops a database of its own in it).
`REDIS_URL` is ignored: tests never share a Redis with anybody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# How long an example takes says how busy this machine is, not whether the code is right.
hypothesis_settings.register_profile(
    "coach", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("coach")

DATA_DIR = Path(tempfile.mkdtemp(prefix="coach-test-"))
os.environ["DATA_DIR"] = str(DATA_DIR)
# A name of this run's own: tests drop no database that they did not make.
os.environ["TEST_DATABASE_NAME"] = f"test_coach_{os.getpid()}"
# A test is one transaction, and idle in it while it computes or waits.
os.environ["IDLE_IN_TRANSACTION_SECONDS"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "coach.config.settings"
for _name in ("REDIS_URL", "SOURCE", "SPEED", "SYMBOLS", "SECRET_KEY"):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[subprocess.Popen[bytes]]:
    """A real Redis on this run's own socket."""
    from django.conf import settings  # noqa: PLC0415  settings read the environment set above

    from coach.config.redis_server import redis_command  # noqa: PLC0415
    from tests.processes import wait_for_redis  # noqa: PLC0415

    process = subprocess.Popen(
        redis_command(socket=settings.RUNTIME_DIR / "redis.sock", data_dir=DATA_DIR / "redis"),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_redis(settings.REDIS_URL, process)
        yield process
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(settings.RUNTIME_DIR, ignore_errors=True)
        shutil.rmtree(DATA_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _empty_redis(request: pytest.FixtureRequest) -> None:
    """Each test that touches the database begins with an empty Redis of this run's own."""
    import redis  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    fixtures = {"db", "transactional_db"}.intersection(request.fixturenames)
    if fixtures or request.node.get_closest_marker("django_db"):
        redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture(autouse=True)
def _leases_inside_a_transaction(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most tests are one transaction that is rolled back. A worker's lease is renewed from another
    connection, which on PostgreSQL cannot see the job in there and would call the lease lost; so
    such a test ends before the first renewal. Tests marked transaction=True renew as workers do."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and not marker.kwargs.get("transaction"):
        from backtest import leases  # noqa: PLC0415

        monkeypatch.setattr(leases, "RENEW_SECONDS", 3_600.0)


@pytest.fixture(scope="session", autouse=True)
def _flush_reaches_every_table() -> None:
    """django-waffle keeps tables of its own flag model although ours replaces it. Django does not
    know them, and PostgreSQL then refuses to empty the tables they refer to."""
    from django.db.backends.postgresql.operations import DatabaseOperations  # noqa: PLC0415

    flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        return flush(self, *args, **kwargs | {"allow_cascade": True})

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign,assignment]


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """The real hasher is slow on purpose; hundreds of test users do not need that."""
    from django.test import override_settings  # noqa: PLC0415

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
