"""System checks: each thing that can be wrong is told with what to do about it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import CheckMessage
from pydantic import SecretStr

from coach.config import checks
from coach.config.env import Env
from coach.config.redis_server import RedisServerMissingError


@pytest.fixture(autouse=True)
def _nothing_else_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What each test says of the environment is all there is, whatever these tests run on."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def ids(found: list[CheckMessage]) -> set[str | None]:
    """The ids, each message with a hint."""
    assert all(message.hint for message in found)
    return {message.id for message in found}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, set()),
        ({"HOST": "::1"}, set()),
        ({"DEBUG": True}, set()),
        ({"HOST": "0.0.0.0"}, {"config.W001"}),  # noqa: S104
        ({"HOST": "0.0.0.0", "BEHIND_TLS_PROXY": True}, set()),  # noqa: S104
        ({"HOST": "192.0.2.1", "DEBUG": True}, {"config.W001", "config.E001"}),
        ({"DEBUG": True, "BEHIND_TLS_PROXY": True}, {"config.E001"}),
        ({"ALLOWED_HOSTS": "*"}, {"config.W002"}),
    ],
)
def test_exposure(env: dict[str, Any], expected: set[str]) -> None:
    assert ids(checks.check_exposure(Env(**env))) == expected


def test_polygon_without_a_key() -> None:
    assert ids(checks.check_sources(Env(SOURCE="polygon"))) == {"config.E002"}
    assert ids(checks.check_sources(Env(SOURCE="polygon", POLYGON_API_KEY=SecretStr("k")))) == set()


def test_an_old_sqlite_matters_only_where_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))
    assert ids(checks.check_sources(Env())) == {"config.E003"}
    assert ids(checks.check_sources(Env(DATABASE_URL="postgres://h/d"))) == set()


def test_no_redis_server_matters_only_where_ours_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise RedisServerMissingError("install it")

    monkeypatch.setattr(checks, "find_redis_server", missing)
    assert ids(checks.check_sources(Env())) == {"config.E004"}
    assert ids(checks.check_sources(Env(REDIS_URL="redis://h"))) == set()


def test_directories(tmp_path: Path) -> None:
    data, runtime = tmp_path / "data", tmp_path / "run"
    data.mkdir(mode=0o700)
    runtime.mkdir(mode=0o700)
    key = data / "secret_key"
    key.touch(mode=0o600)
    assert ids(checks.check_directories(data, runtime)) == set()
    runtime.chmod(0o755)
    key.chmod(0o644)
    assert ids(checks.check_directories(data, runtime)) == {"config.E006", "config.E007"}
    assert ids(checks.check_directories(tmp_path / "gone", data)) == {"config.E005"}


def test_no_place_for_machine_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COACH_NUMBA_CACHE", str(tmp_path / "file"))
    assert ids(checks.check_machine_code()) == {"config.E008"}
    monkeypatch.setenv("COACH_NUMBA_CACHE", str(tmp_path))
    assert ids(checks.check_machine_code()) == set()


def test_client_not_built(tmp_path: Path) -> None:
    assert ids(checks.check_client(tmp_path)) == {"config.W003"}
    (tmp_path / "index.html").touch()
    assert ids(checks.check_client(tmp_path)) == set()


@pytest.mark.processes
def test_a_deployment_behind_tls_has_nothing_to_mend(tmp_path: Path) -> None:
    """But a client that this checkout may not have built."""
    environment = {
        **os.environ,
        "DATA_DIR": str(tmp_path),
        "BEHIND_TLS_PROXY": "1",
        "ALLOWED_HOSTS": "coach.example.org",
        "CSRF_TRUSTED_ORIGINS": "https://coach.example.org",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    codes = {word.strip("():") for word in told.split() if word.startswith("(")}
    assert {code for code in codes if "." in code} <= {"config.W003"}, told
