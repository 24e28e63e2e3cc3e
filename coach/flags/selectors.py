"""Reads the rules of the flags: as they stand, or as the ledger says they stood."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Max

from coach.flags.models import FlagChange
from coach.flags.names import NAMES, FlagName
from coach.flags.rule import OFF, Person, Rule
from coach.prepared import Prepared


def rules_now() -> dict[FlagName, Rule]:
    """The rules as they stand: what the ledger says last about each flag.

    Asked of the database every time. It is one short prepared query, cheaper than asking a shared
    cache over a socket, and no process can ever see a rule that is not the committed one.
    """
    latest = dict(_last_rows())
    return {name: Rule.from_json(latest[name]) if name in latest else OFF for name in NAMES}


_last_rows = Prepared(
    lambda: FlagChange.objects.filter(
        pk__in=FlagChange.objects.order_by().values("name").annotate(last=Max("pk")).values("last")
    ).values_list("name", "rule")
)


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
