"""The flags that the code names are rows, and no other row pretends to be one."""

from __future__ import annotations

from collections.abc import Sequence

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from coach.flags.models import Flag
from coach.flags.names import NAMES


@register(Tags.database)
def check_flags(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """E001: a flag is missing. W001: a flag that nothing reads. Asked with `check --database`."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if not _is_migrated(alias):
            continue  # `migrate`, which asks here first, creates table and rows
        rows = set(Flag.objects.using(alias).values_list("name", flat=True))
        found += [
            Error(
                f"The flag {name} is missing in the database {alias!r}; it counts as off.",
                hint=f"Create it: manage.py waffle_flag {name} --create --deactivate.",
                id="flags.E001",
            )
            for name in NAMES
            if name not in rows
        ]
        found += [
            checks.Warning(
                f"Nothing reads the flag {name!r} in the database {alias!r}.",
                hint=f"Delete it (manage.py waffle_delete --flags {name}), or name it in "
                "coach/flags/names.py.",
                id="flags.W001",
            )
            for name in sorted(rows.difference(NAMES))
        ]
    return found


def _is_migrated(alias: str) -> bool:
    """Whether no migration of this room is still to come."""
    loader = MigrationLoader(connections[alias])
    leaves: set[tuple[str, str]] = set(loader.graph.leaf_nodes(Flag._meta.app_label))
    return leaves <= loader.applied_migrations.keys()
