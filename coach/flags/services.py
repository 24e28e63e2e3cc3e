"""Asks a flag. Every process sees a change as soon as it is committed.

A flag is read for a user, never for a request: percentages come from a stable hash of flag and
user, so that the live loop, a worker and a browser agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from coach.flags.ledger import use_clock
from coach.flags.models import person_of
from coach.flags.names import NAMES, known
from coach.flags.rule import ANONYMOUS, Person, Rule, decide
from coach.flags.selectors import changes_of, people, rule_as_of, rules_now

__all__ = ["active_users", "flag_history", "flags_for", "if_flag", "is_active", "use_clock"]

T = TypeVar("T")
AnyUser = AbstractBaseUser | AnonymousUser


def active_users(
    name: str, user_ids: Collection[str], *, as_of: datetime | None = None
) -> frozenset[str]:
    """Those of `user_ids` for whom the flag is on; at most three queries for any number of them.

    Args:
        as_of: market time; the rule is read from the ledger, group membership and staff status as
            they are now.

    Raises:
        UnknownFlagError: no such flag.
    """
    flag = known(name)
    rule = rules_now()[flag] if as_of is None else rule_as_of(flag, as_of)
    persons = _persons(rule, user_ids)
    return frozenset(person.id for person in persons if person.id and decide(rule, flag, person))


def _persons(rule: Rule, user_ids: Collection[str]) -> Collection[Person]:
    if rule.asks_about_people:
        return people(user_ids).values()
    return [Person(id=user_id) for user_id in user_ids]


def is_active(name: str, *, user_id: str, as_of: datetime | None = None) -> bool:
    """Whether the flag is on for this user, now or as of a past market time.

    Raises:
        UnknownFlagError: no such flag.
    """
    return user_id in active_users(name, [user_id], as_of=as_of)


def flag_history(name: str, user_id: str, *, until: datetime) -> list[tuple[int, datetime, bool]]:
    """(order of writing, market time, whether it was on for the user) of a flag's changes before a
    market time. Off before the first; groups and staff status as they are now.

    Raises:
        UnknownFlagError: no such flag.
    """
    flag = known(name)
    return [
        (number, at, any(decide(rule, flag, person) for person in _persons(rule, [user_id])))
        for number, at, rule in changes_of(flag, until=until)
    ]


def if_flag(
    name: str,
    then: Callable[[], T],
    otherwise: Callable[[], T],
    *,
    user: AnyUser | str,
    as_of: datetime | None = None,
) -> T:
    """Call `then` where the flag is on for `user` (a user or an id), else `otherwise`.

    Raises:
        UnknownFlagError: no such flag.
    """
    user_id = user if isinstance(user, str) else user.pk
    on = is_active(name, user_id=user_id, as_of=as_of) if user_id is not None else False
    return then() if on else otherwise()


def flags_for(user: AnyUser) -> dict[str, bool]:
    """Every flag's state for a user, who may be anonymous."""
    rules = rules_now()
    person = _person(user, rules.values())
    return {name: decide(rules[name], name, person) for name in NAMES}


def _person(user: AnyUser, rules: Collection[Rule]) -> Person:
    if user.pk is None:
        return ANONYMOUS
    if any(rule.asks_about_people for rule in rules):
        return person_of(user)
    return Person(id=str(user.pk))
