"""What fired, and what each user's governor said to it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from ulid import ULID

JSONObject = dict[str, Any]


def new_id() -> str:
    """A ULID: 26 characters, sorts by creation time."""
    return str(ULID())


class Signal(models.Model):
    """A rule fired on a closed bar. One row for all users; written once, its outcome later."""

    class Direction(models.TextChoices):
        LONG = "long"
        SHORT = "short"

    class OutcomeState(models.TextChoices):
        PENDING = "pending"  # the entry bar has not come yet
        OPEN = "open"
        CLOSED = "closed"
        NONE = "none"  # fired on the session's last bar: nothing to enter

    class Origin(models.TextChoices):
        LIVE = "live"
        SCAN = "scan"  # found in stored bars, as the demo's history is

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    symbol = models.CharField(max_length=20)
    timeframe = models.CharField(max_length=3)
    seq = models.BigIntegerField(help_text="ts // timeframe_ms")
    ts = models.BigIntegerField(help_text="open time of the bar, epoch ms UTC")
    session_date = models.DateField()
    rule_id = models.CharField(max_length=40)
    rule_version = models.CharField(max_length=20)
    direction = models.CharField(max_length=5, choices=Direction)
    confidence = models.FloatField(help_text="conf-v1, 9 decimals, a ranking, no probability")
    price = models.FloatField(help_text="close of the bar")
    level = models.FloatField(help_text="the rule's reference level")
    atr = models.FloatField(help_text="ATR14 at the bar, the unit of R")
    regime_trend = models.CharField(max_length=7)
    regime_volatility = models.CharField(max_length=7)
    warm = models.BooleanField(default=True)
    origin = models.CharField(max_length=4, choices=Origin, default=Origin.LIVE)
    features: models.JSONField[JSONObject, JSONObject] = models.JSONField(default=dict)
    engine_version = models.CharField(max_length=64)
    fired_at = models.DateTimeField(help_text="market time: close of the bar")
    created_at = models.DateTimeField(auto_now_add=True)
    tape = models.BinaryField(null=True, help_text="the microbars up to the trigger, packed")

    entry = models.FloatField(null=True)
    outcome_state = models.CharField(
        max_length=7, choices=OutcomeState, default=OutcomeState.PENDING
    )
    outcome_r = models.FloatField(null=True, help_text="in R after cost, not clipped")
    outcome_exit = models.CharField(max_length=8, null=True)
    outcome_hold_bars = models.IntegerField(null=True)
    outcome_mfe = models.FloatField(null=True)
    outcome_mae = models.FloatField(null=True)
    outcome_ambiguous = models.BooleanField(default=False)
    outcome_verdict = models.CharField(max_length=7, null=True)
    revision_verdict = models.CharField(
        max_length=10, null=True, help_text="on the corrected bars: would_fire or would_not"
    )
    outcome_known_at = models.DateTimeField(null=True, help_text="market time the exit was seen")
    matured_at = models.DateTimeField(null=True, help_text="market time its horizon had passed")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["symbol", "timeframe", "seq", "rule_id", "rule_version"],
                name="signal_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rule_id", "session_date"], name="signal_rule_day"),
            models.Index(fields=["symbol", "timeframe", "ts"], name="signal_symbol_ts"),
            models.Index(
                fields=["symbol", "timeframe"],
                condition=models.Q(matured_at__isnull=True),
                name="signal_unmatured",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.direction} {self.symbol} {self.timeframe} {self.seq}"


class UntoldOutcome(models.Model):
    """A matured outcome that not every room has taken in yet. Written in the outcome's transaction
    and deleted once they have, so that a process that dies in between leaves word of it."""

    signal = models.OneToOneField(
        Signal, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"outcome of {self.signal_id}, not told yet"


class Decision(models.Model):
    """A user's alert, or a signal that a gate held back. `n` counts both, one sequence per user."""

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="decisions")
    n = models.BigIntegerField()
    delivered = models.BooleanField()
    reason_code = models.CharField(max_length=20)
    reason = models.TextField(help_text="in words and numbers")
    numbers: models.JSONField[JSONObject, JSONObject] = models.JSONField(default=dict)
    until = models.DateTimeField(null=True)
    governor = models.CharField(max_length=2)
    mode = models.CharField(max_length=6, default="on", help_text="the user's rule setting then")
    shadow: models.JSONField[JSONObject | None, JSONObject | None] = models.JSONField(null=True)
    latency: models.JSONField[JSONObject, JSONObject] = models.JSONField(default=dict)
    decided_at = models.DateTimeField(help_text="market time")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "signal"], name="decision_once"),
            models.UniqueConstraint(fields=["user", "n"], name="decision_n"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "decided_at"], name="decision_user_time"),
        ]

    def __str__(self) -> str:
        return f"{'alert' if self.delivered else 'held back'} {self.n} for {self.user_id}"


class DecisionCounter(models.Model):
    """The last `n` given to a user. Its row is the lock that keeps the sequence without a hole."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    last_n = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.last_n} decisions for {self.user_id}"


class Watchlist(models.Model):
    """The symbols a user watches; decisions are made for these."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    symbols: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"watchlist of {self.user_id}"


class RuleSetting(models.Model):
    """A user's choice for a rule: shown and heard, shown only, or off; muted for a while."""

    class Mode(models.TextChoices):
        ON = "on"
        SILENT = "silent"
        OFF = "off"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rule_id = models.CharField(max_length=40)
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.ON)
    muted_until = models.DateTimeField(null=True, help_text="market time")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "rule_id"], name="rulesetting_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.mode} for {self.user_id}"


class Outbox(models.Model):
    """An event committed with what it announces; the relay publishes it after the commit."""

    kind = models.CharField(max_length=12)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    payload: models.JSONField[JSONObject, JSONObject] = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=models.Q(published_at__isnull=True), name="outbox_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
