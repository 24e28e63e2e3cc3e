"""Shapes of the composed endpoints: alerts with their labels, answers to a label."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from coach.api.alerts import UNLABELLED
from coach.engine.layout import FEATURES
from coach.signals.serializers import MODES
from learning.serializers import (
    GatesChangeSerializer,
    RuleMetricsSerializer,
    ScoreChangeSerializer,
)

SYMBOL = r"^[A-Z0-9.:_-]{1,20}\Z"
RULE = r"^[a-z0-9_]{1,40}\Z"
MAX_N = 2**63 - 1
LABELS = ["good", "bad", "late", "missed"]
DIRECTIONS = ["long", "short"]
VERSIONS = ["v1", "v2"]
Shape = serializers.Serializer[Any]


class AlertQuerySerializer(StrictSerializer):
    """Filters of the list of alerts."""

    symbol = serializers.RegexField(SYMBOL, required=False)
    ruleId = serializers.RegexField(RULE, required=False)
    label = serializers.ChoiceField(  # type: ignore[assignment]  # DRF moves it aside
        choices=[*LABELS, UNLABELLED], required=False, help_text="none: not labelled"
    )
    delivered = serializers.BooleanField(required=False)
    matured = serializers.BooleanField(
        required=False, help_text="whether the outcome's horizon has passed"
    )
    disagrees = serializers.BooleanField(
        required=False, help_text="label good on a bad outcome, or bad on a good one"
    )
    before = serializers.IntegerField(
        min_value=1, max_value=MAX_N, required=False, help_text="only numbers n below this one"
    )
    afterN = serializers.IntegerField(
        min_value=0, max_value=MAX_N, required=False, help_text="only numbers n above this one"
    )
    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)


class LevelsSerializer(Shape):
    """Prices of the trade that the alert proposes; `unit` is the price of 1 R."""

    entry = serializers.FloatField()
    entryState = serializers.ChoiceField(choices=["provisional", "filled"])
    stop = serializers.FloatField()
    target = serializers.FloatField()
    reference = serializers.FloatField()
    unit = serializers.FloatField()


class RegimeSerializer(Shape):
    """What the market was like."""

    trend = serializers.ChoiceField(choices=["trend", "range", "unknown"])
    volatility = serializers.ChoiceField(choices=["low", "normal", "high", "unknown"])


class ContributionSerializer(Shape):
    """One feature of a confidence; `points` of 0 to 100."""

    feature = serializers.ChoiceField(choices=FEATURES)
    value = serializers.FloatField()
    reference = serializers.FloatField()
    points = serializers.FloatField()


class ExplainSerializer(Shape):
    """The confidence explained: in words, with V2 also feature by feature."""

    version = serializers.ChoiceField(choices=VERSIONS)
    text = serializers.CharField()
    base = serializers.FloatField(allow_null=True)
    contributions = ContributionSerializer(many=True)


class OutcomeSerializer(Shape):
    """What became of the signal, in R."""

    state = serializers.ChoiceField(choices=["pending", "open", "closed", "none"])
    r = serializers.FloatField(allow_null=True)
    exitReason = serializers.CharField(allow_null=True)
    holdBars = serializers.IntegerField(allow_null=True)
    mfe = serializers.FloatField(allow_null=True)
    mae = serializers.FloatField(allow_null=True)
    ambiguous = serializers.BooleanField()
    verdict = serializers.CharField(allow_null=True)
    knownAt = serializers.DateTimeField(allow_null=True)
    maturedAt = serializers.DateTimeField(allow_null=True)


class AlertLabelSerializer(Shape):
    """The user's label that counts now."""

    id = serializers.UUIDField()
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]  # DRF moves it aside
    notes = serializers.CharField(allow_blank=True)
    outcomeKnown = serializers.BooleanField()


class AlertSerializer(Shape):
    """A user's alert, or a signal that a gate held back."""

    id = serializers.CharField()
    n = serializers.IntegerField()
    prevN = serializers.IntegerField()
    signalId = serializers.CharField()
    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    seq = serializers.IntegerField()
    ts = serializers.IntegerField(help_text="open of the bar, epoch ms UTC")
    sessionDate = serializers.DateField()
    ruleId = serializers.CharField()
    ruleVersion = serializers.CharField()
    direction = serializers.ChoiceField(choices=DIRECTIONS)
    confidence = serializers.FloatField()
    price = serializers.FloatField()
    why = serializers.CharField()
    levels = LevelsSerializer()
    regime = RegimeSerializer()
    warm = serializers.BooleanField()
    delivered = serializers.BooleanField()
    reason = serializers.CharField()
    reasonCode = serializers.CharField()
    numbers = serializers.DictField()
    until = serializers.DateTimeField(allow_null=True)
    governor = serializers.ChoiceField(choices=VERSIONS)
    mode = serializers.ChoiceField(choices=MODES)
    decidedAt = serializers.DateTimeField()
    explain = ExplainSerializer()
    label = AlertLabelSerializer(allow_null=True)  # type: ignore[assignment]  # DRF moves it aside
    outcome = OutcomeSerializer()
    revision = serializers.ChoiceField(
        choices=["would_fire", "would_not"],
        allow_null=True,
        help_text="its bars were revised: whether it would still fire on the corrected ones",
    )
    latency = serializers.DictField(child=serializers.FloatField(), help_text="ms by stage")
    demo = serializers.BooleanField(help_text="scanned history, not seen live")


class TapeBarSerializer(Shape):
    """One microbar."""

    ts = serializers.IntegerField()
    open = serializers.FloatField()
    high = serializers.FloatField()
    low = serializers.FloatField()
    close = serializers.FloatField()
    volume = serializers.FloatField()


class FeedbackRequestSerializer(StrictSerializer):
    """A label for a signal: by `signalId`, or by `symbol`, `timeframe`, `seq` and `ruleId`."""

    signalId = serializers.CharField(max_length=26, required=False)
    symbol = serializers.RegexField(SYMBOL, required=False)
    timeframe = serializers.CharField(max_length=3, required=False, help_text="1m if left out")
    seq = serializers.IntegerField(min_value=0, max_value=2**53, required=False)
    ruleId = serializers.RegexField(RULE, required=False)
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]  # DRF moves it aside
    notes = serializers.CharField(
        max_length=2000, allow_blank=True, default="", trim_whitespace=False
    )


class FeedbackQuerySerializer(StrictSerializer):
    """Filters of the list of labels."""

    symbol = serializers.RegexField(SYMBOL, required=False)
    ruleId = serializers.RegexField(RULE, required=False)
    signalId = serializers.CharField(max_length=26, required=False)
    label = serializers.ChoiceField(choices=LABELS, required=False)  # type: ignore[assignment]
    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)


class FeedbackSerializer(Shape):
    """A label."""

    id = serializers.UUIDField()
    signalId = serializers.CharField(allow_null=True)
    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    seq = serializers.IntegerField()
    ruleId = serializers.CharField()
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]  # DRF moves it aside
    notes = serializers.CharField(allow_blank=True)
    delivered = serializers.BooleanField(
        allow_null=True, help_text="null for a bar without a signal"
    )
    outcomeKnown = serializers.BooleanField(help_text="given with hindsight")
    sessionDate = serializers.DateField()
    marketTs = serializers.DateTimeField(help_text="market time at receipt")
    createdAt = serializers.DateTimeField()


class FeedbackResultSerializer(FeedbackSerializer):
    """A label, and what it moved."""

    metrics = RuleMetricsSerializer()
    score = ScoreChangeSerializer()
    gates = GatesChangeSerializer()


class UndoResultSerializer(FeedbackResultSerializer):
    """The label that counts again, null where none does, and what the undo moved."""

    undone = serializers.UUIDField(help_text="the label that was taken back")
    id = serializers.UUIDField(allow_null=True)
    label = serializers.ChoiceField(choices=LABELS, allow_null=True)  # type: ignore[assignment]
    marketTs = serializers.DateTimeField(allow_null=True)
    createdAt = serializers.DateTimeField(allow_null=True)


class Page(Shape):
    """What every page has; `next` and `previous` are addresses or null."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class AlertPageSerializer(Page):
    """A page of alerts."""

    results = AlertSerializer(many=True)


class FeedbackPageSerializer(Page):
    """A page of labels."""

    results = FeedbackSerializer(many=True)
