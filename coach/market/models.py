"""Instruments, the bar cache, bars as they were received, gaps of the feed, the market clock."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

SYMBOL_PATTERN = r"^[A-Z0-9.:_-]{1,20}\Z"
validate_symbol = RegexValidator(
    SYMBOL_PATTERN, "A symbol is 1 to 20 of A-Z, 0-9, '.', ':', '_', '-'."
)


class Instrument(models.Model):
    """Something that trades. `symbol` is stored verbatim."""

    class Calendar(models.TextChoices):
        XNYS = "XNYS", "New York (XNYS)"
        ALWAYS = "24/7", "always open (UTC days)"

    class AssetClass(models.TextChoices):
        EQUITY = "equity"
        FUND = "fund"
        CRYPTO = "crypto"
        OTHER = "other"

    symbol = models.CharField(primary_key=True, max_length=20, validators=[validate_symbol])
    name = models.CharField(max_length=80, blank=True)
    calendar = models.CharField(max_length=4, choices=Calendar)
    tick_size = models.FloatField(default=0.01, validators=[MinValueValidator(1e-12)])
    asset_class = models.CharField(max_length=6, choices=AssetClass, default=AssetClass.EQUITY)
    vendor_ticker = models.CharField(
        max_length=40, blank=True, help_text="the data vendor's name for it; empty: the symbol"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["symbol"]

    def __str__(self) -> str:
        return self.symbol


class BarChunk(models.Model):
    """The bars of a fixed span of time, packed (see `coach.market.columns`)."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_column="symbol"
    )
    timeframe = models.CharField(max_length=3)
    start_ms = models.BigIntegerField(help_text="a multiple of the timeframe's chunk span")
    count = models.IntegerField()
    first_ts = models.BigIntegerField()
    last_ts = models.BigIntegerField()
    data = models.BinaryField(help_text="columns of little-endian int64 and float64")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instrument", "timeframe", "start_ms"], name="barchunk_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.timeframe} {self.start_ms} ({self.count} bars)"


class ReceivedBar(models.Model):
    """A minute bar as a live source gave it. Corrections are further rows; the first one stays."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_column="symbol"
    )
    timeframe = models.CharField(max_length=3)
    ts = models.BigIntegerField(help_text="open time, epoch ms UTC")
    revision = models.IntegerField(
        help_text="0 is what the evaluator took; a bar that came after its turn has none"
    )
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()
    vwap = models.FloatField(null=True)
    received_at = models.DateTimeField(help_text="wall clock at receipt")
    source = models.CharField(max_length=12, default="", help_text="the feed that gave it")
    compacted = models.BooleanField(
        default=False, help_text="the cache holds this bar, or a newer version of it"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instrument", "timeframe", "ts", "revision"], name="receivedbar_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["instrument", "timeframe", "ts"],
                condition=models.Q(compacted=False),
                name="receivedbar_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.timeframe} {self.ts} r{self.revision}"


class FeedGap(models.Model):
    """A span in which the feed lost a symbol's bars. Minutes inside it are missing, not quiet."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_column="symbol"
    )
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField(help_text="exclusive")
    reason = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instrument", "start_ms"], name="feedgap_once"),
            models.CheckConstraint(
                condition=models.Q(end_ms__gt=models.F("start_ms")), name="feedgap_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.start_ms} to {self.end_ms}: {self.reason}"


class Coverage(models.Model):
    """A span of which the cache holds every bar that a source had. Committed with its bars."""

    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="+", db_column="symbol"
    )
    timeframe = models.CharField(max_length=3)
    source = models.CharField(max_length=12)
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField(help_text="exclusive")
    adjusted = models.BooleanField(help_text="prices adjusted for splits")
    bars = models.IntegerField()
    refused = models.IntegerField(default=0, help_text="bad bars, left out")
    fetched_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "coverage"
        indexes: ClassVar = [
            models.Index(fields=["instrument", "timeframe", "start_ms"], name="coverage_span"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(end_ms__gt=models.F("start_ms")), name="coverage_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.timeframe} {self.start_ms} to {self.end_ms}"


class Clock(models.Model):
    """The market clock of a source; the one updated last is the one that runs."""

    source = models.CharField(primary_key=True, max_length=12)
    anchor_wall_ms = models.FloatField()
    anchor_market_ms = models.BigIntegerField()
    speed = models.FloatField()
    configured_speed = models.FloatField(
        default=1, help_text="the speed asked for at the start; another one then wins over `speed`"
    )
    paused = models.BooleanField(default=False)
    free = models.BooleanField(default=False)
    realtime = models.BooleanField(default=False)
    market_ms = models.BigIntegerField(help_text="the latest market time the source has reached")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.source} at {self.market_ms} x{self.speed:g}"
