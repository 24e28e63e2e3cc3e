"""Writes the ledger: every change of a flag, whoever made it, is followed by its whole rule.

Bulk updates (`Flag.objects.update`) send no signal and are not for flags.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.core.cache import cache
from django.db import connections, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone
from redis.exceptions import RedisError

from coach.flags.models import Flag, FlagChange
from coach.flags.names import NAMES, NOTES, FlagName
from coach.flags.rule import OFF, Rule

CACHE_KEY = "flags:rules"

log = structlog.get_logger(__name__)


class _Clock:
    """The clock that dates changes. The market's clock lives in a higher room, which hands it in
    when Django starts; until then, and where no market ever ran, the wall clock."""

    now: Callable[[], datetime] = staticmethod(timezone.now)


def use_clock(now: Callable[[], datetime]) -> None:
    """Date changes by this clock from now on."""
    _Clock.now = staticmethod(now)


def record(name: str, rule: Rule) -> None:
    """Append the rule unless the last row already says so (without any row a flag is off)."""
    last = FlagChange.objects.filter(name=name).order_by("-id").first()
    if rule != (Rule.from_json(last.rule) if last else OFF):
        FlagChange.objects.create(name=name, at=_Clock.now(), rule=rule.as_json())
    _forget()
    transaction.on_commit(_forget)


def _forget() -> None:
    """Let every process read the rules anew."""
    try:
        cache.delete(CACHE_KEY)
    except RedisError as error:
        # The copy lives for seconds; the change itself must not fail for it.
        log.warning("flags.cache_unreachable", error=str(error))


def ensure_flags(using: str, **_: object) -> None:
    """After every migration: each flag that the code knows is a row, off where it is new."""
    if Flag._meta.db_table in connections[using].introspection.table_names():
        for name in NAMES:
            Flag.objects.using(using).get_or_create(name=name, defaults=off(name))


def off(name: FlagName) -> dict[str, Any]:
    """The columns of a flag that is off for everybody, superusers included."""
    return {"superusers": False, "note": NOTES[name]}


def _flag_saved(instance: Flag, **_: object) -> None:
    record(instance.name, instance.rule())


def _flag_deleted(instance: Flag, **_: object) -> None:
    record(instance.name, OFF)


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
            record(flag.name, flag.rule())


def connect() -> None:
    """Listen to every way in which a flag can change."""
    post_save.connect(_flag_saved, sender=Flag, dispatch_uid="flag-ledger")
    post_delete.connect(_flag_deleted, sender=Flag, dispatch_uid="flag-ledger")
    for through in (Flag.users.through, Flag.groups.through):
        m2m_changed.connect(_members_changed, sender=through, dispatch_uid="flag-ledger")
