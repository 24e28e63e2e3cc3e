"""A user's limits, and the locks that stop alerts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class Policy(models.Model):
    """A user's risk policy as chosen; what is absent has the default of `risk.policy`. Append-only,
    so that a policy can be read as of a past moment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    values: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    market_ts = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "policies"
        indexes: ClassVar = [models.Index(fields=["user", "market_ts"], name="policy_user_time")]

    def __str__(self) -> str:
        return f"policy of {self.user_id} since {self.market_ts:%Y-%m-%d %H:%M}"


class Lock(models.Model):
    """The trader's own stop. Released by hand, or at `until`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField(blank=True, default="")
    since = models.DateTimeField(help_text="market time")
    until = models.DateTimeField(null=True, help_text="market time; null until released")
    released_at = models.DateTimeField(null=True, help_text="market time")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "since"], name="lock_user_since")]

    def __str__(self) -> str:
        return f"lock of {self.user_id} since {self.since:%Y-%m-%d %H:%M}"


class AlertPrice(models.Model):
    """What an alert must be worth to a user with an alert budget, in R (V2). Append-only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    price = models.FloatField()
    market_ts = models.DateTimeField(help_text="in force from here on")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "market_ts"], name="price_user_time")]

    def __str__(self) -> str:
        return f"price {self.price:.2f} R for {self.user_id}"
