"""Runs, what they found, and presets.

A result belongs to its run key, not to a user: two runs of the same identity share one. Its
triggers lie in packed pages beside it (`backtest.packing`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from ulid import ULID

JSONObject = dict[str, Any]


def new_id() -> str:
    """A ULID: 26 characters, sorts by creation time."""
    return str(ULID())


class Status(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(models.Model):
    """Work that one worker at a time does, under a lease that it keeps renewing.

    Whoever claims it writes a token of his own; who has lost the token can finish nothing.
    """

    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    progress = models.FloatField(default=0.0)
    error = models.TextField(null=True)
    token = models.CharField(max_length=26, default="")
    lease_until = models.DateTimeField(null=True, help_text="by the database's clock")
    attempts = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True, help_text="when a worker was last told of it")

    class Meta:
        abstract = True


class Run(Job):
    """A backtest, or a sweep of many, that a user asked for."""

    class Kind(models.TextChoices):
        RUN = "run"
        SWEEP = "sweep"

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.RUN)
    request: models.JSONField[JSONObject, JSONObject] = models.JSONField()
    run_key = models.CharField(max_length=32, null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "id"], name="run_user_id"),
            models.Index(
                fields=["status"],
                condition=models.Q(status__in=["queued", "running"]),
                name="run_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.status}"


class Part(Job):
    """Some variants of a sweep: one task."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    first = models.IntegerField(help_text="number of its first variant")
    count = models.IntegerField()
    found = models.BinaryField(null=True, help_text="JSON, compressed")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="runpart_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["status"],
                condition=models.Q(status__in=["queued", "running"]),
                name="runpart_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.run_id} {self.status}"


class Result(models.Model):
    """The canonical result of an identity, its triggers aside. There only when it is whole."""

    run_key = models.CharField(primary_key=True, max_length=32)
    summary = models.BinaryField(help_text="canonical JSON, compressed")
    triggers = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"result {self.run_key} ({self.triggers} triggers)"


class TriggerPage(models.Model):
    """Some triggers of a result with their outcomes, as packed columns."""

    run_key = models.CharField(max_length=32)
    first = models.IntegerField(help_text="number of its first trigger")
    count = models.IntegerField()
    first_ts = models.BigIntegerField()
    last_ts = models.BigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run_key", "first"], name="triggerpage_once"),
        ]

    def __str__(self) -> str:
        return f"{self.count} triggers of {self.run_key} from {self.first}"


class Preset(models.Model):
    """A request that a user keeps under a name."""

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=400, blank=True, default="")
    request: models.JSONField[JSONObject, JSONObject] = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="preset_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ParityReport(models.Model):
    """A session of a symbol, replayed against what live recorded."""

    symbol = models.CharField(max_length=20)
    session_date = models.DateField()
    source = models.CharField(max_length=12, help_text="the feed that live had its bars from")
    bars = models.IntegerField(help_text="minutes that live took")
    revised_bars = models.IntegerField()
    late_bars = models.IntegerField()
    missing_bars = models.IntegerField()
    live_signals = models.IntegerField()
    replayed_signals = models.IntegerField()
    matched = models.IntegerField(help_text="live signals that the replay as received has")
    corrected_signals = models.IntegerField()
    corrected_matched = models.IntegerField()
    received_causes: models.JSONField[JSONObject, JSONObject] = models.JSONField(default=dict)
    corrected_causes: models.JSONField[JSONObject, JSONObject] = models.JSONField(default=dict)
    received_differences: models.JSONField[list[JSONObject], list[JSONObject]] = models.JSONField(
        default=list
    )
    corrected_differences: models.JSONField[list[JSONObject], list[JSONObject]] = models.JSONField(
        default=list
    )
    engine_version = models.CharField(max_length=64)
    computed_at = models.DateTimeField(help_text="by the wall clock")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["symbol", "session_date"], name="parity_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-session_date", "symbol"], name="parity_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.session_date}: {self.matched} of {self.live_signals}"
