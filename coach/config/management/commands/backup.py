"""`manage.py backup FILE`: DATA_DIR in one file, while Coach runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coach.config.backup import BackupError, write_backup


class Command(BaseCommand):
    """Database and secret key; Redis is rebuilt from the database."""

    help = "Write database and secret key into an archive. Keep it safe: it opens every session."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path, help="the archive to write (.tar.gz)")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Write it, or say why not."""
        if settings.ENV.DATABASE_URL:
            raise CommandError("The database is PostgreSQL's: back it up with pg_dump.")
        try:
            write_backup(settings.DATA_DIR, options["file"].resolve())
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['file']} written")
