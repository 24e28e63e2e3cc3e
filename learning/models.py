"""What the coach has learnt: daily figures, the score's history, calibrations, kills."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class RuleMetricsDaily(models.Model):
    """One user's rule on one session date. `expectancy` is null without a matured outcome."""

    pk = models.CompositePrimaryKey("user_id", "rule_id", "day")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rule_id = models.TextField()
    day = models.DateField()
    fired = models.IntegerField(default=0)
    actionable = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    bad = models.IntegerField(default=0)
    expectancy = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    late = models.IntegerField(default=0)
    missed = models.IntegerField(default=0)
    matured = models.IntegerField(default=0)
    evidence_good = models.IntegerField(default=0)
    evidence_bad = models.IntegerField(default=0)
    r_sum = models.FloatField(default=0.0, help_text="clipped R of matured outcomes")

    class Meta:
        db_table = "rule_metrics_daily"
        verbose_name_plural = "rule metrics, daily"

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.day} for {self.user_id}"


class ScoreEntry(models.Model):
    """A step of a user's score for a rule: what moved it, what the gates became. Append-only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rule_id = models.TextField()
    cause = models.CharField(max_length=12, help_text="label, undo, outcome, trade, day")
    cause_id = models.TextField(blank=True)
    detail: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    before = models.FloatField()
    after = models.FloatField()
    gates_before: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    gates_after: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    market_ts = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "score entries"
        indexes: ClassVar = [
            models.Index(fields=["user", "rule_id", "market_ts"], name="score_user_rule_time"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.before:+.2f} to {self.after:+.2f}"


class Night(models.Model):
    """The work after a session date, done once whoever is asked to do it."""

    day = models.DateField(primary_key=True, help_text="the session date that is over")
    # Wall time: a worker that dies must not hold it for ever, whatever the market's clock does.
    claimed_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0, help_text="of rule_metrics_daily, written or removed")

    def __str__(self) -> str:
        return f"night after {self.day}"


class CalibrationVersion(models.Model):
    """A nightly calibration. Append-only, so that the one in force can be read as of a moment."""

    day = models.DateField(unique=True, help_text="the last session date in the sample")
    matured = models.IntegerField(help_text="market events it stands on")
    values: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    market_ts = models.DateTimeField(help_text="in force from here on")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"calibration of {self.day} on {self.matured} events"


class KillStep(models.Model):
    """A matured market event that passed the expected value gate, and the evidence after it.
    Append-only, each event once; what the numbers mean is written in `learning.killswitch`."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        KILLED = "killed"
        PROBATION = "probation"

    rule_id = models.CharField(max_length=40)
    symbol = models.CharField(max_length=20)
    timeframe = models.CharField(max_length=3)
    seq = models.BigIntegerField()
    r = models.FloatField(help_text="automatic outcome, not clipped")
    status = models.CharField(max_length=9, choices=Status)
    against = models.FloatField(help_text="M")
    back = models.FloatField(help_text="M+")
    killed_ms = models.BigIntegerField(null=True)
    revived_ms = models.BigIntegerField(null=True)
    market_ts = models.DateTimeField(help_text="when its outcome counted")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule_id", "symbol", "timeframe", "seq"], name="killstep_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rule_id", "id"], name="killstep_rule"),
            models.Index(
                fields=["rule_id", "id"],
                condition=models.Q(status="killed"),
                name="killstep_killed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.status}: {self.against:.2f} : 1 against"
