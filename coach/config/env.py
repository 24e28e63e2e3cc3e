"""Typed settings from the environment. A wrong value stops the start and names the variable."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parents[2]
# Linux refuses a Unix socket path over 107 bytes (sun_path is 108 with its NUL).
MAX_SOCKET_PATH = 107


class Env(BaseSettings):
    """What a user or operator may set; every other setting is a constant in `settings`."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore")

    DATA_DIR: Path = BASE_DIR / "data"
    DATABASE_URL: str = ""
    REDIS_URL: str = ""
    IDLE_IN_TRANSACTION_SECONDS: int = Field(default=10, ge=0)
    FROZEN_SECONDS: float = Field(default=10, ge=0)
    STANDBY: bool = True
    TEST_DATABASE_NAME: str = "test_coach"
    HOST: str = "127.0.0.1"
    PORT: int = Field(default=8000, ge=1, le=65535)
    SOURCE: Literal["synthetic", "replay", "polygon"] = "synthetic"
    SPEED: float = Field(default=10.0, ge=0, le=10_000)
    SYMBOLS: Annotated[tuple[str, ...], NoDecode] = ()
    SEED: int = Field(default=20, ge=0)
    POLYGON_API_KEY: SecretStr = SecretStr("")
    POLYGON_REST_URL: str = Field(default="https://api.massive.com", pattern=r"^https?://[^/]+$")
    POLYGON_STREAM_URL: str = Field(default="wss://socket.massive.com", pattern=r"^wss?://[^/]+$")
    POLYGON_ADJUSTED: bool = True
    SECRET_KEY: str = ""
    DEBUG: bool = False
    ALLOWED_HOSTS: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "localhost", "[::1]")
    CSRF_TRUSTED_ORIGINS: Annotated[tuple[str, ...], NoDecode] = ()
    BEHIND_TLS_PROXY: bool = False
    WORKERS: int = Field(default=2, ge=1, le=64)
    STREAM_HEARTBEAT_SECONDS: float = Field(default=15, ge=0.05, le=60)
    STREAM_ROTATION_SECONDS: float = Field(default=600, ge=0.5)
    STREAM_RECHECK_SECONDS: float = Field(default=30, ge=0.05, le=60)
    STREAM_PER_USER: int = Field(default=20, ge=1)
    STREAM_CLIENTS: int = Field(default=5_000, ge=1)
    # An OpenAI-compatible speech server (its address up to and without /v1), and what to ask of it.
    VOICE_URL: str = ""
    VOICE_API_KEY: str = ""
    VOICE_MODEL: str = Field(default="tts-1", min_length=1)
    VOICE_NAME: str = Field(default="alloy", min_length=1)
    VOICE_EMBEDDED: bool = True
    DELIVERY_NETWORKS: Annotated[tuple[str, ...], NoDecode] = ()
    DEMO: bool = True
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator(
        "SYMBOLS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DELIVERY_NETWORKS", mode="before"
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("DELIVERY_NETWORKS")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_network(part)) for part in value)

    @field_validator("DATA_DIR")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("VOICE_URL")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @property
    def embedded(self) -> bool:
        """True when this machine alone runs everything: SQLite and a Redis of our own."""
        return not self.DATABASE_URL and not self.REDIS_URL


def runtime_dir(data_dir: Path) -> Path:
    """A short directory for sockets, one for each DATA_DIR (a socket path has a small limit)."""
    name = "coach-" + hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    path = base / name
    if len(str(path / "redis.sock").encode()) > MAX_SOCKET_PATH:
        path = Path("/tmp") / name  # noqa: S108  the one directory short enough everywhere
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to another user; set XDG_RUNTIME_DIR")
    return path


def secret_key(env: Env) -> str:
    """The key given, or one made once and kept in DATA_DIR, so that sessions outlive a restart."""
    if env.SECRET_KEY:
        return env.SECRET_KEY
    env.DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = env.DATA_DIR / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()
