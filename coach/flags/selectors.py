"""Reads the rules of the flags: as they stand, or as the ledger says they stood."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import structlog
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from coach.flags.ledger import CACHE_KEY
from coach.flags.models import Flag, FlagChange
from coach.flags.names import NAMES, FlagName
from coach.flags.rule import OFF, Person, Rule

# Deleting the key on every change is what makes changes visible; this bounds what remains of a
# reader that was overtaken by a writer between its query and its write to the cache.
CACHE_SECONDS = 30

log = structlog.get_logger(__name__)


def rules_now() -> dict[FlagName, Rule]:
    """The rules as they stand, from the cache that all processes share.

    Inside a transaction a miss is not cached: what it sees may never be committed.
    """
    try:
        cached = cache.get(CACHE_KEY)
        if cached is None:
            cached = _read()
            if not connection.in_atomic_block:
                cache.add(CACHE_KEY, cached, CACHE_SECONDS)
    except RedisError as error:
        # The cache is only a copy: flags go on being read from the database, slower.
        log.warning("flags.cache_unreachable", error=str(error))
        cached = _read()
    return {name: Rule.from_json(cached[name]) if name in cached else OFF for name in NAMES}


def _read() -> dict[str, dict[str, object]]:
    return {flag.name: flag.rule().as_json() for flag in Flag.objects.filter(name__in=NAMES)}


def rule_as_of(name: FlagName, as_of: datetime) -> Rule:
    """The rule that held at `as_of` (market time): the row written last among those dated by then.

    By order of writing, not by date: a replay that is started again repeats its dates.
    """
    change = FlagChange.objects.filter(name=name, at__lte=as_of).order_by("-id").first()
    return Rule.from_json(change.rule) if change else OFF


def changes_of(name: FlagName, *, until: datetime) -> list[tuple[int, datetime, Rule]]:
    """(order of writing, market time, rule) of every change dated before a market time."""
    rows = FlagChange.objects.filter(name=name, at__lt=until).order_by("id")
    return [(row.pk, row.at, Rule.from_json(row.rule)) for row in rows]


def people(user_ids: Collection[str]) -> Mapping[str, Person]:
    """What flags may ask about these users, in two queries. Groups are as they are now: the ledger
    keeps which groups a flag named, not who belonged to them."""
    users = get_user_model().objects.filter(pk__in=user_ids).prefetch_related("groups")
    return {
        str(user.pk): Person(
            id=str(user.pk),
            is_staff=user.is_staff,
            is_superuser=user.is_superuser,
            groups=frozenset(group.pk for group in user.groups.all()),
        )
        for user in users
    }
