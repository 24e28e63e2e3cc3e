"""A wrong setting stops the start and names the variable; the secret key is made once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from coach.config.env import MAX_SOCKET_PATH, Env, runtime_dir, secret_key


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "80000"), ("SPEED", "-1"), ("SOURCE", "yahoo"), ("WORKERS", "0")],
)
def test_a_wrong_value_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as error:
        Env()
    assert [part["loc"] for part in error.value.errors()] == [(name,)]


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMBOLS", "SPY, X:BTCUSD,")
    assert Env().SYMBOLS == ("SPY", "X:BTCUSD")


def test_the_secret_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    env = Env(DATA_DIR=tmp_path, SECRET_KEY="")
    key = secret_key(env)
    assert len(key) >= 64
    assert secret_key(env) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_long_runtime_directory_gives_way_to_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 120)))
    path = runtime_dir(tmp_path)
    assert len(str(path / "redis.sock").encode()) <= MAX_SOCKET_PATH
    assert path.is_dir()
    path.rmdir()
