"""Backup and restore give the same house; prune forgets what may be forgotten."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from coach.config.backup import BackupError, restore_backup, write_backup
from coach.config.celery import app
from coach.config.env import BASE_DIR
from coach.signals.models import Outbox
from coach.signals.services import announce


def dump(data_dir: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(data_dir / "coach.sqlite3")) as database:
        return list(database.iterdump())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A DATA_DIR with a database that somebody writes to."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "secret_key").write_text("s3cret")
    with contextlib.closing(sqlite3.connect(data_dir / "coach.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (n INTEGER, words TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * n) for n in range(200)])
        database.commit()
    return data_dir


def test_a_backup_taken_while_somebody_writes_restores_what_was_committed(
    house: Path, tmp_path: Path
) -> None:
    before = dump(house)
    with contextlib.closing(sqlite3.connect(house / "coach.sqlite3")) as writer:
        writer.execute("INSERT INTO t VALUES (-1, 'not committed')")
        write_backup(house, tmp_path / "backup.tar.gz")
    restore_backup(tmp_path / "backup.tar.gz", tmp_path / "new")
    assert dump(tmp_path / "new") == before
    assert (tmp_path / "new" / "secret_key").read_text() == "s3cret"
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "data", "new"]


def test_a_house_with_a_database_is_not_overwritten(house: Path, tmp_path: Path) -> None:
    write_backup(house, tmp_path / "backup.tar.gz")
    with pytest.raises(BackupError, match="has a database already"):
        restore_backup(tmp_path / "backup.tar.gz", house)
    with pytest.raises(BackupError, match="is there already"):
        write_backup(house, tmp_path / "backup.tar.gz")


@pytest.mark.parametrize("cut", [10, 200, -40])
def test_a_damaged_archive_restores_nothing(cut: int, house: Path, tmp_path: Path) -> None:
    whole = tmp_path / "backup.tar.gz"
    write_backup(house, whole)
    whole.write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(BackupError):
        restore_backup(whole, tmp_path / "new")
    assert not (tmp_path / "new" / "coach.sqlite3").exists()


def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "backup.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "evil", arcname="../evil2")
    with pytest.raises(BackupError):
        restore_backup(tmp_path / "backup.tar.gz", tmp_path / "inner" / "new")
    assert not (tmp_path / "inner" / "evil2").exists()


@pytest.mark.processes
def test_the_commands_round_trip_a_real_house(tmp_path: Path) -> None:
    def manage(data_dir: str, *arguments: str) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        environment = {**kept, "DATA_DIR": str(tmp_path / data_dir), "LOG_LEVEL": "ERROR"}
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=BASE_DIR, env=environment, check=True, capture_output=True)

    manage("old", "migrate", "-v0")
    manage("old", "backup", str(tmp_path / "backup.tar.gz"))
    manage("new", "restore", str(tmp_path / "backup.tar.gz"))
    manage("new", "migrate", "--check")
    assert dump(tmp_path / "new") == dump(tmp_path / "old")
    old, new = (tmp_path / name / "secret_key" for name in ("old", "new"))
    assert new.read_text() == old.read_text()


@pytest.mark.django_db
def test_prune_forgets_what_was_announced_long_ago() -> None:
    for _ in range(3):
        with transaction.atomic():
            announce("run", user_id=None, payload={})
    old, recent, _ = Outbox.objects.order_by("pk")
    now = timezone.now()
    Outbox.objects.filter(pk=old.pk).update(published_at=now - timedelta(days=8))
    Outbox.objects.filter(pk=recent.pk).update(published_at=now - timedelta(days=6))
    call_command("prune")
    assert old.pk not in Outbox.objects.values_list("pk", flat=True)
    assert Outbox.objects.count() == 2
    with pytest.raises(CommandError, match="--outbox-days: at least 1"):
        call_command("prune", outbox_days=0)


@pytest.mark.django_db
def test_every_task_on_the_schedule_is_one_that_workers_know() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(app.tasks)
    with transaction.atomic():
        announce("run", user_id=None, payload={})
    Outbox.objects.update(published_at=timezone.now() - timedelta(days=8))
    app.tasks["config.prune"]()
    assert not Outbox.objects.exists()
