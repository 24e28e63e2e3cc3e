"""`manage.py restore FILE`: a backup into an empty DATA_DIR."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coach.config.backup import BackupError, restore_backup


class Command(BaseCommand):
    """Everything is checked before anything is put in place."""

    help = "Restore a backup into DATA_DIR, which must have no database; then start Coach."
    requires_system_checks: list[str] = []  # noqa: RUF012  Django's attribute; there is no house yet

    def add_arguments(self, parser: CommandParser) -> None:
        """What from."""
        parser.add_argument("file", type=Path, help="an archive of `manage.py backup`")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  Django's signature
        """Restore it, or say why not."""
        try:
            restore_backup(options["file"].resolve(), settings.DATA_DIR)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"restored into {settings.DATA_DIR}; start Coach to migrate it")
