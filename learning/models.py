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
