"""Writes the ledger: every change of a flag, whoever made it, is followed by its whole rule.

Bulk updates (`Flag.objects.update`) send no signal and are not for flags.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from coach.flags.models import Flag, FlagChange
from coach.flags.names import NAMES, NOTES, FlagName
from coach.flags.rule import OFF, Rule


class _Clock:
    """The clock that dates changes. The market's clock lives in a higher room, which hands it in
    when Django starts; until then, and where no market ever ran, the wall clock."""

    now: Callable[[], datetime] = staticmethod(timezone.now)


def use_clock(now: Callable[[], datetime]) -> None:
    """Date changes by this clock from now on."""
    _Clock.now = staticmethod(now)


def record(name: str) -> None:
    """Append the flag's rule unless the last row already says so (without any row a flag is off).

    The row is locked and read anew: of two who change a flag at a time the later one's word
    includes the earlier one's.
    """
    with transaction.atomic():
        flag = Flag.objects.select_for_update().filter(name=name).first()
        rule = flag.rule() if flag else OFF
        last = FlagChange.objects.filter(name=name).order_by("-id").first()
        if rule != (Rule.from_json(last.rule) if last else OFF):
            FlagChange.objects.create(name=name, at=_Clock.now(), rule=rule.as_json())


def ensure_flags(using: str, **_: object) -> None:
    """After every migration: each flag that the code knows is a row, off where it is new."""
    if Flag._meta.db_table in connections[using].introspection.table_names():
        for name in NAMES:
            Flag.objects.using(using).get_or_create(name=name, defaults=off(name))


def off(name: FlagName) -> dict[str, Any]:
    """The columns of a flag that is off for everybody, superusers included."""
    return {"superusers": False, "note": NOTES[name]}


def _flag_saved(instance: Flag, **_: object) -> None:
    record(instance.name)


def _flag_deleted(instance: Flag, **_: object) -> None:
    record(instance.name)


def _members_changed(
    instance: Model,
    action: str,
    pk_set: set[Any] | None,
    **_: object,
) -> None:
    if action in {"post_add", "post_remove", "post_clear"}:
        flags = (
            [instance] if isinstance(instance, Flag) else Flag.objects.filter(pk__in=pk_set or ())
        )
        for flag in flags:
            record(flag.name)


def connect() -> None:
    """Listen to every way in which a flag can change."""
    post_save.connect(_flag_saved, sender=Flag, dispatch_uid="flag-ledger")
    post_delete.connect(_flag_deleted, sender=Flag, dispatch_uid="flag-ledger")
    for through in (Flag.users.through, Flag.groups.through):
        m2m_changed.connect(_members_changed, sender=through, dispatch_uid="flag-ledger")
