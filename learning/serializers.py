"""Shapes of the metrics and of the score's history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer

RULE = r"^[a-z0-9_]{1,40}\Z"
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2050, 1, 1, tzinfo=UTC)
MAX_MS = int(LATEST.timestamp() * 1000)
Shape = serializers.Serializer[Any]


class MomentField(serializers.DateTimeField):
    """A market time, ISO 8601 with zone."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's options
        options.setdefault("default_timezone", UTC)
        super().__init__(**options)

    def to_internal_value(self, value: Any) -> datetime:  # noqa: ANN401  DRF's signature
        """DRF's, within the calendars' bounds."""
        moment = super().to_internal_value(value)
        if not EARLIEST <= moment < LATEST:
            raise serializers.ValidationError(
                f"From {EARLIEST:%Y-%m-%d} to before {LATEST:%Y-%m-%d}.", code="out_of_range"
            )
        return moment


class MetricsQuerySerializer(StrictSerializer):
    """Which rule, as of when."""

    ruleId = serializers.RegexField(RULE, required=False, help_text="left out: every rule")
    asOf = MomentField(
        required=False, help_text="market time, ISO 8601 with zone; left out: as it stands"
    )


class ScoresQuerySerializer(StrictSerializer):
    """Which steps: `from` <= market time < `to`, in epoch ms UTC."""

    ruleId = serializers.RegexField(RULE, required=False)
    from_ = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language, so its field is declared under another name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class EvidenceSerializer(Shape):
    """Labels that speak for and against the rule's score."""

    good = serializers.IntegerField()
    bad = serializers.IntegerField()


class WindowSerializer(Shape):
    """Counts of one window of session dates; a rate is null without a case."""

    fired = serializers.IntegerField()
    actionable = serializers.IntegerField(help_text="delivered as alerts")
    good = serializers.IntegerField()
    bad = serializers.IntegerField()
    late = serializers.IntegerField()
    missed = serializers.IntegerField()
    labelled = serializers.IntegerField()
    matured = serializers.IntegerField(help_text="outcomes whose horizon has passed")
    expectancy = serializers.FloatField(allow_null=True, help_text="mean R, each in [-2, +4]")
    winrate = serializers.FloatField(allow_null=True, help_text="good / (good + bad) labels")
    winrateLow = serializers.FloatField(allow_null=True, help_text="Wilson, 95 %")
    winrateHigh = serializers.FloatField(allow_null=True)
    hitRate = serializers.FloatField(allow_null=True, help_text="outcomes above 0 R")
    hitRateLow = serializers.FloatField(allow_null=True, help_text="Wilson, 95 %")
    hitRateHigh = serializers.FloatField(allow_null=True)
    evidence = EvidenceSerializer()


class WindowsSerializer(Shape):
    """The session dates D-6 … D and D-29 … D."""

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """The names begin with a digit."""
        return {"7d": WindowSerializer(), "30d": WindowSerializer()}


class RuleMetricsSerializer(Shape):
    """A rule for this user."""

    ruleId = serializers.CharField()
    score = serializers.FloatField(help_text="in [-1, +1]")
    windows = WindowsSerializer()
    asOf = serializers.DateTimeField()


class GatesSerializer(Shape):
    """The gates that follow from a score."""

    minConfidence = serializers.FloatField()
    cooldownSeconds = serializers.FloatField()


class ScoreChangeSerializer(Shape):
    """A score before and after."""

    before = serializers.FloatField()
    after = serializers.FloatField()


class GatesChangeSerializer(Shape):
    """The gates before and after."""

    before = GatesSerializer()
    after = GatesSerializer()


class ScoreStepSerializer(Shape):
    """A step of a score."""

    id = serializers.IntegerField()
    ruleId = serializers.CharField()
    cause = serializers.ChoiceField(choices=["label", "undo", "outcome", "trade", "day"])
    causeId = serializers.CharField(help_text="of the label, signal or trade; the date of a day")
    detail = serializers.DictField()
    score = ScoreChangeSerializer()
    gates = GatesChangeSerializer()
    marketTs = serializers.DateTimeField()
    createdAt = serializers.DateTimeField()


class ScorePageSerializer(Shape):
    """A page of steps, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ScoreStepSerializer(many=True)


class CalibrationQuerySerializer(StrictSerializer):
    """Which rule."""

    ruleId = serializers.RegexField(RULE, required=False, help_text="left out: every rule")


class ReviewQuerySerializer(StrictSerializer):
    """Which rule."""

    ruleId = serializers.RegexField(RULE)


class ConfidenceBinSerializer(Shape):
    """Matured signals between two values of 0 to 100; a hit is an outcome above 0 R."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()
    n = serializers.IntegerField()
    hits = serializers.IntegerField()
    hitRate = serializers.FloatField()
    hitRateLow = serializers.FloatField(help_text="Wilson, 95 %")
    hitRateHigh = serializers.FloatField()


class ChanceBinSerializer(ConfidenceBinSerializer):
    """By the chance to pay that the calibration gave."""

    said = serializers.FloatField(help_text="mean predicted chance")


class RuleCalibrationSerializer(Shape):
    """Hits by confidence over the session dates D-29 … D; bins without a case are absent."""

    ruleId = serializers.CharField()
    bins = ConfidenceBinSerializer(many=True)
    asOf = serializers.DateTimeField()


class MatrixRowSerializer(Shape):
    """Signals with one label (or `none`), by the verdict on their outcome."""

    label = serializers.ChoiceField(  # type: ignore[assignment]  # DRF moves it aside
        choices=["good", "bad", "late", "missed", "none"]
    )
    good = serializers.IntegerField()
    neutral = serializers.IntegerField()
    bad = serializers.IntegerField()
    open = serializers.IntegerField(help_text="no verdict yet")


class HeldSerializer(Shape):
    """Matured signals that one gate held back."""

    reasonCode = serializers.CharField()
    n = serializers.IntegerField()
    saved = serializers.FloatField(help_text="R of losses not taken, at least 0")
    cost = serializers.FloatField(help_text="R of gains not taken, at least 0")


class RuleReviewSerializer(Shape):
    """One rule for this user over the session dates D-29 … D."""

    ruleId = serializers.CharField()
    days = serializers.IntegerField()
    asOf = serializers.DateTimeField()
    confidence = ConfidenceBinSerializer(many=True)
    chance = ChanceBinSerializer(many=True)
    matrix = MatrixRowSerializer(many=True)
    held = HeldSerializer(many=True)


class RollupRequestSerializer(StrictSerializer):
    """How far back."""

    days = serializers.IntegerField(min_value=1, max_value=400, default=31)


class RollupSerializer(Shape):
    """What the count changed in the daily table."""

    days = serializers.IntegerField()
    rows = serializers.IntegerField(help_text="written or removed; 0 when run again")
    asOf = serializers.DateTimeField()
