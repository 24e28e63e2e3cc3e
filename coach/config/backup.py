"""Backup of DATA_DIR while Coach runs, and its restoration.

An archive holds the database (a consistent copy by SQLite's backup interface), the secret key and a
manifest with the SHA-256 of each. What sits in Redis is rebuilt from the database and is left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

DATABASE = "coach.sqlite3"
KEPT = ("secret_key",)
MANIFEST = "manifest.json"


class BackupError(RuntimeError):
    """It cannot be done; the message says why."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_backup(data_dir: Path, target: Path) -> None:
    """Write an archive of `data_dir`; nothing is at `target` until it is whole.

    Raises:
        BackupError: there is no database in `data_dir`, or something is at `target`.
    """
    if not (data_dir / DATABASE).is_file():
        raise BackupError(f"There is no {DATABASE} in {data_dir}.")
    if target.exists():
        raise BackupError(f"{target} is there already.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".coach-backup-") as name:
        folder = Path(name)
        copy_database(data_dir / DATABASE, folder / DATABASE)
        for kept in KEPT:
            if (data_dir / kept).is_file():
                (folder / kept).write_bytes((data_dir / kept).read_bytes())
        files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
        manifest = {"format": 1, "createdAt": datetime.now(UTC).isoformat(), "files": files}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2))
        archive = folder / "archive.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for each in (MANIFEST, *files):
                tar.add(folder / each, arcname=each)
        archive.chmod(0o600)
        archive.rename(target)


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy, whoever writes meanwhile."""
    with (
        contextlib.closing(sqlite3.connect(source, timeout=20)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)


def restore_backup(archive: Path, data_dir: Path) -> None:
    """Put an archive's files into `data_dir`, each checked first.

    Raises:
        BackupError: the archive is none or damaged, or `data_dir` has a database already.
    """
    if (data_dir / DATABASE).exists():
        raise BackupError(f"{data_dir} has a database already: name an empty DATA_DIR.")
    data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".coach-restore-") as name:
        folder = Path(name)
        files = _unpack(archive, folder)
        check_database(folder / DATABASE)
        for each in sorted(files, key=lambda file: file == DATABASE):  # the database last
            (folder / each).chmod(0o600)
            (folder / each).replace(data_dir / each)


def _unpack(archive: Path, folder: Path) -> list[str]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(folder, filter="data")
        files: dict[str, str] = json.loads((folder / MANIFEST).read_text())["files"]
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{archive} is no backup of Coach: {error}") from error
    unknown = set(files) - {DATABASE, *KEPT}
    if unknown or DATABASE not in files:
        raise BackupError(f"{archive} is no backup of Coach: it names {sorted(files)}")
    for name, digest in files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            raise BackupError(f"{archive} is damaged: {name} is not what the manifest says.")
    return list(files)


def check_database(path: Path) -> None:
    """See that SQLite finds the file whole.

    Raises:
        BackupError: it does not.
    """
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            found = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupError(f"The database is damaged: {error}") from error
    if found != "ok":
        raise BackupError(f"The database is damaged: {found}")
