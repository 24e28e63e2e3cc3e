"""Labels of alerts and held-back signals, the slots that wait for them, and the trade journal."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Feedback(models.Model):
    """A label. Append-only: a change or an undo is a new row, the last one counts."""

    class Label(models.TextChoices):
        GOOD = "good"
        BAD = "bad"
        MISSED = "missed"
        LATE = "late"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    symbol = models.TextField()
    seq = models.BigIntegerField()
    rule_id = models.TextField()
    # Null only on an undo that leaves the signal without a label.
    label = models.TextField(choices=Label, null=True)
    notes = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    timeframe = models.TextField(default="1m")
    signal = models.ForeignKey(
        "signals.Signal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    session_date = models.DateField()
    market_ts = models.DateTimeField(help_text="market clock at receipt")
    outcome_known = models.BooleanField(default=False, help_text="given with hindsight")
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    # What is labelled: the signal's id, or the bar's and rule's names where nothing fired.
    target = models.CharField(max_length=120)
    # 1, 2, 3 … within (user, target): clocks may stand still, this may not.
    revision = models.IntegerField()
    # Of the user's decision, copied because it never changes; null where nothing fired.
    delivered = models.BooleanField(null=True)

    class Meta:
        db_table = "feedback"
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(label__in=["good", "bad", "missed", "late"])
                | models.Q(label__isnull=True, undoes__isnull=False),
                name="feedback_label",
            ),
            models.UniqueConstraint(
                fields=["user", "target", "revision"], name="feedback_revision"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "created_at"], name="feedback_user_created"),
            models.Index(fields=["rule_id", "session_date", "user"], name="feedback_rule_day"),
        ]

    def __str__(self) -> str:
        return f"{self.label} on {self.rule_id} {self.symbol} {self.seq}"


class Slot(models.Model):
    """A place for one user's label of one signal: opened by the signal, closed by the label."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey("signals.Signal", on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField(help_text="market time")
    expires_at = models.DateTimeField(help_text="market time")
    closed_at = models.DateTimeField(null=True, help_text="market time")

    class Meta:
        db_table = "feedback_slot"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "signal"], name="slot_once"),
        ]

    def __str__(self) -> str:
        return f"slot of {self.user_id} for {self.signal_id}"


class IdempotencyKey(models.Model):
    """The answer given to a request with an Idempotency-Key, to be given again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    body_hash = models.CharField(max_length=64)
    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="+")
    answer: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "feedback_idempotency"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_once"),
        ]

    def __str__(self) -> str:
        return self.key


class Trade(models.Model):
    """A round trip of the trader's own: entered by hand, from an alert, or imported.

    Prices as the broker reports them; times are the market's. A trade without an exit is open. R
    needs the price of 1 R, `unit`: the distance to the first stop, or the linked signal's ATR.
    """

    class Side(models.TextChoices):
        LONG = "long"
        SHORT = "short"

    class Source(models.TextChoices):
        MANUAL = "manual"
        ALERT = "alert"
        IMPORT = "import"
        DEMO = "demo"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    symbol = models.CharField(max_length=20)
    side = models.CharField(max_length=5, choices=Side)
    quantity = models.FloatField()
    entry_ts = models.DateTimeField()
    entry_price = models.FloatField()
    exit_ts = models.DateTimeField(null=True)
    exit_price = models.FloatField(null=True)
    stop = models.FloatField(null=True, help_text="the first stop, not one trailed later")
    fees = models.FloatField(default=0.0, help_text="of both sides together; below 0: a rebate")
    planned = models.BooleanField(default=False)
    # "|opening|trend|": found with LIKE on every database, and no tag within another.
    tags = models.TextField(blank=True, default="")
    notes = models.TextField(blank=True, default="")
    signal = models.ForeignKey(
        "signals.Signal", on_delete=models.PROTECT, null=True, related_name="+"
    )
    rule_id = models.TextField(blank=True, default="", help_text="of the signal")
    regime = models.CharField(max_length=7, blank=True, default="", help_text="of the signal")
    session_date = models.DateField(help_text="of the exit; of the entry while open")
    unit = models.FloatField(null=True, help_text="price of 1 R; null: no stop and no signal")
    r = models.FloatField(null=True, help_text="after fees, not clipped; null while open")
    mfe = models.FloatField(null=True, help_text="R; null where the bars are not known")
    mae = models.FloatField(null=True, help_text="R, >= 0; null where the bars are not known")
    source = models.CharField(max_length=6, choices=Source, default=Source.MANUAL)
    # What makes an imported trade that trade, and what the file said of it when last read.
    import_key = models.CharField(max_length=64, null=True)
    import_hash = models.CharField(max_length=64, blank=True, default="")
    market_ts = models.DateTimeField(help_text="market clock at receipt")
    closed_ts = models.DateTimeField(null=True, help_text="market clock when the exit was told")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "trade"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "import_key"], name="trade_import_once"),
            models.UniqueConstraint(
                fields=["user", "signal"],
                condition=models.Q(deleted_at__isnull=True),
                name="trade_signal_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "entry_ts"], name="trade_user_entry"),
            models.Index(fields=["user", "session_date"], name="trade_user_day"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity:g} {self.symbol}"


class TradeResult(models.Model):
    """The R that a linked trade gives a signal in the learning evidence, from a market time on;
    null: the automatic outcome again. Append-only, the last one counts, so that a score can be read
    as of a past moment whatever was edited since."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey("signals.Signal", on_delete=models.PROTECT, related_name="+")
    rule_id = models.TextField()
    session_date = models.DateField(help_text="of the signal")
    r = models.FloatField(null=True)
    revision = models.IntegerField(help_text="1, 2, 3 … within (user, signal)")
    market_ts = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "trade_result"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "signal", "revision"], name="traderesult_revision"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["session_date", "rule_id"], name="traderesult_day_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.r} R for {self.signal_id}"
