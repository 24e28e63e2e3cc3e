"""A flag's rule and how it decides for a person: pure, the same in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """What a flag may ask about somebody. Anonymous: no id."""

    id: str | None = None
    is_staff: bool = False
    is_superuser: bool = False
    groups: frozenset[int] = field(default_factory=frozenset)


ANONYMOUS = Person()


@dataclass(frozen=True, slots=True)
class Rule:
    """Everything that decides a flag; the default is off for everybody.

    `everyone` settles it either way; otherwise any of the others switches it on. `percent` is of
    users, 0 to 100.
    """

    everyone: bool | None = None
    percent: float = 0.0
    superusers: bool = False
    staff: bool = False
    authenticated: bool = False
    users: frozenset[str] = field(default_factory=frozenset)
    groups: frozenset[int] = field(default_factory=frozenset)

    def as_json(self) -> dict[str, Any]:
        """As kept in the ledger: lists sorted, so that equal rules are equal rows."""
        return {
            "everyone": self.everyone,
            "percent": self.percent,
            "superusers": self.superusers,
            "staff": self.staff,
            "authenticated": self.authenticated,
            "users": sorted(self.users),
            "groups": sorted(self.groups),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        """The inverse of `as_json`."""
        sets: dict[str, Collection[Any]] = {
            name: frozenset(data[name]) for name in ("users", "groups")
        }
        return cls(**{**data, **sets})

    @property
    def asks_about_people(self) -> bool:
        """Whether more than the user's id is needed to decide."""
        return self.everyone is None and (self.superusers or self.staff or bool(self.groups))


OFF = Rule()


def bucket(name: str, user_id: str) -> float:
    """Where a user stands for this flag, in [0, 100): fixed for ever, independent between flags."""
    digest = hashlib.sha256(f"{name}:{user_id}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56 * 100


def decide(rule: Rule, name: str, person: Person) -> bool:
    """Whether the flag is on for this person."""
    if rule.everyone is not None:
        return rule.everyone
    if person.id is None:
        return False
    return (
        rule.authenticated
        or (rule.staff and person.is_staff)
        or (rule.superusers and person.is_superuser)
        or person.id in rule.users
        or not rule.groups.isdisjoint(person.groups)
        or bucket(name, person.id) < rule.percent
    )
