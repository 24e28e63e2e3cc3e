"""Feature flags: django-waffle's model, with percentages that every process decides alike and a
ledger of changes, so that a flag can be read as of a past moment."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from waffle.models import AbstractUserFlag

from coach.flags.rule import ANONYMOUS, Person, Rule, decide


def person_of(user: AbstractBaseUser | AnonymousUser) -> Person:
    """What a flag may ask about a user, read from the database."""
    if user.pk is None:
        return ANONYMOUS
    return Person(
        id=str(user.pk),
        is_staff=bool(getattr(user, "is_staff", False)),
        is_superuser=bool(getattr(user, "is_superuser", False)),
        groups=frozenset(user.groups.values_list("pk", flat=True))
        if hasattr(user, "groups")
        else frozenset(),
    )


class Flag(AbstractUserFlag):
    """One switch. waffle's own ways to ask (decorators, template tags) decide as
    `coach.flags.services` does: no cookies, no test headers, no languages."""

    class Meta(AbstractUserFlag.Meta):
        abstract = False

    def rule(self) -> Rule:
        """The flag's whole rule as it stands in the database."""
        return Rule(
            everyone=self.everyone,
            percent=float(self.percent or 0),
            superusers=self.superusers,
            staff=self.staff,
            authenticated=self.authenticated,
            users=frozenset(str(pk) for pk in self.users.values_list("pk", flat=True)),
            groups=frozenset(self.groups.values_list("pk", flat=True)),
        )

    def is_active_for_user(self, user: AbstractBaseUser | AnonymousUser) -> bool:
        """Whether the flag is on for a user."""
        return not self._state.adding and decide(self.rule(), self.name, person_of(user))

    def is_active(self, request: HttpRequest, read_only: bool = False) -> bool:  # noqa: ARG002, FBT001, FBT002 - waffle's signature
        """Whether the flag is on for whoever asks."""
        return self.is_active_for_user(getattr(request, "user", AnonymousUser()))


class FlagChange(models.Model):
    """The flag's whole rule after a change. Append-only; the last row written counts."""

    name = models.CharField(max_length=100)
    at = models.DateTimeField(help_text="market clock when it was changed")
    rule: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["name", "at"], name="flagchange_name_at")]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
