"""Shapes of what runs, sweeps and presets answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

Shape = serializers.Serializer[Any]


class TriggerOutcomeSerializer(Shape):
    """What became of a trigger, by the triple barrier. Prices null until known."""

    state = serializers.ChoiceField(choices=["pending", "open", "closed"])
    entry = serializers.FloatField(allow_null=True)
    exit = serializers.ChoiceField(choices=["target", "stop", "timeout"], allow_null=True)
    exitPrice = serializers.FloatField(allow_null=True)
    exitTs = serializers.IntegerField(allow_null=True, help_text="open of the bar, epoch ms UTC")
    r = serializers.FloatField(allow_null=True, help_text="after cost, not clipped")
    holdBars = serializers.IntegerField(allow_null=True)
    mfe = serializers.FloatField(allow_null=True)
    mae = serializers.FloatField(allow_null=True)
    verdict = serializers.ChoiceField(choices=["good", "neutral", "bad"], allow_null=True)
    ambiguous = serializers.BooleanField(help_text="stop and target in one bar: taken as stop")


class GateSerializer(Shape):
    """What the governor would have said."""

    delivered = serializers.BooleanField()
    reason = serializers.CharField()
    reasonCode = serializers.CharField()


class TriggerSerializer(Shape):
    """A trigger."""

    ruleId = serializers.CharField()
    seq = serializers.IntegerField()
    ts = serializers.IntegerField(help_text="open of the bar, epoch ms UTC")
    direction = serializers.ChoiceField(choices=["long", "short"])
    confidence = serializers.FloatField()
    regime = serializers.CharField(help_text="trend/normal and the like")
    warm = serializers.BooleanField(help_text="false where the data began after the anchor")
    outcome = TriggerOutcomeSerializer(allow_null=True)
    gate = GateSerializer(required=False, help_text="with governor")


class EstimateSerializer(Shape):
    """A figure with its interval."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class AutoWinrateSerializer(EstimateSerializer):
    """Automatic verdicts: good / (good + bad), Wilson 95 %."""

    good = serializers.IntegerField()
    bad = serializers.IntegerField()
    neutral = serializers.IntegerField()
    breakEven = serializers.FloatField()


class FiguresSerializer(Shape):
    """A line of a table. Clipped R of outcomes whose horizon has passed ("counted")."""

    triggers = serializers.IntegerField()
    counted = serializers.IntegerField()
    tooFew = serializers.BooleanField(help_text="fewer than 20 counted")
    totalR = serializers.FloatField()
    expectancy = EstimateSerializer(help_text="mean R, 90 % bootstrap interval by session")
    profitFactor = serializers.FloatField(allow_null=True, help_text="null without a loss")
    autoWinrate = AutoWinrateSerializer()
    avgHoldBars = serializers.FloatField(allow_null=True)


class RegimeFiguresSerializer(FiguresSerializer):
    """A regime."""

    share = serializers.FloatField(help_text="of all triggers")


class SpreadSerializer(Shape):
    """Excursions in R."""

    mean = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)


class SharpeSerializer(Shape):
    """Of R per trade."""

    perTrade = serializers.FloatField(allow_null=True)
    skewness = serializers.FloatField(allow_null=True)
    kurtosis = serializers.FloatField(allow_null=True, help_text="normal: 3")
    probabilistic = serializers.FloatField(allow_null=True)


class EndingsSerializer(Shape):
    """How outcomes ended."""

    target = serializers.IntegerField()
    stop = serializers.IntegerField()
    timeout = serializers.IntegerField()
    open = serializers.IntegerField()
    none = serializers.IntegerField(help_text="on a session's last bar")
    ambiguous = serializers.IntegerField()


class CellSerializer(FiguresSerializer):
    """Every figure of a group of triggers."""

    triggersPerDay = serializers.FloatField(allow_null=True, help_text="per session with bars")
    outcomes = EndingsSerializer()
    mfe = SpreadSerializer()
    mae = SpreadSerializer()
    pRandom = serializers.FloatField(allow_null=True, help_text="circular shift of the entries")
    sharpe = SharpeSerializer()


class LabelsSerializer(Shape):
    """Labels that the user gave to these triggers."""

    good = serializers.IntegerField()
    bad = serializers.IntegerField()


class RuleCellSerializer(CellSerializer):
    """A rule of the run."""

    version = serializers.IntegerField()
    params = serializers.DictField(child=serializers.FloatField())
    winrate = serializers.FloatField(allow_null=True, help_text="of the user's labels")
    labels = LabelsSerializer()


class DrawdownSerializer(Shape):
    """Deepest fall of the equity."""

    r = serializers.FloatField()
    to = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language."""
        return super().get_fields() | {"from": serializers.IntegerField(allow_null=True)}


class EquitySerializer(Shape):
    """R as traded, in order of exit."""

    curve = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="[exit ts, R]"
    )
    totalR = serializers.FloatField()
    drawdown = DrawdownSerializer()


class MetricsSerializer(CellSerializer):
    """The whole run."""

    sessions = serializers.IntegerField()
    equity = EquitySerializer()
    regimeBreakdown = serializers.DictField(child=RegimeFiguresSerializer())
    perRule = serializers.DictField(child=RuleCellSerializer())


class PrefixProofSerializer(Shape):
    """Bars evaluated again without the bars after them."""

    triggers = serializers.IntegerField()
    silences = serializers.IntegerField()
    failedSeqs = serializers.ListField(child=serializers.IntegerField())
    ok = serializers.BooleanField()


class WindowProofItemSerializer(Shape):
    """A random window, run from its own anchor."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    triggers = serializers.IntegerField()
    ok = serializers.BooleanField()


class WindowProofSerializer(Shape):
    """Other windows, same triggers."""

    windows = WindowProofItemSerializer(many=True)
    ok = serializers.BooleanField()


class DriftSerializer(Shape):
    """The first block scanned without its warm-up."""

    bars = serializers.IntegerField()
    triggers = serializers.IntegerField()
    missing = serializers.IntegerField()
    added = serializers.IntegerField()
    confidenceDrift = serializers.FloatField()


class WarmupProofSerializer(Shape):
    """Warm-up bars before the window, and what they are good for."""

    bars = serializers.IntegerField()
    warm = serializers.BooleanField()
    coldTriggers = serializers.IntegerField()
    withoutWarmup = DriftSerializer(allow_null=True)


class ProofSerializer(Shape):
    """Checks that the run made of itself."""

    prefix = PrefixProofSerializer()
    window = WindowProofSerializer()
    warmup = WarmupProofSerializer()


class HeldBackSerializer(Shape):
    """Triggers that one gate held back."""

    triggers = serializers.IntegerField()
    expectancy = serializers.FloatField(allow_null=True)
    savedR = serializers.FloatField()
    costR = serializers.FloatField()


class GovernorSerializer(Shape):
    """What the gates would have saved and cost."""

    delivered = serializers.IntegerField()
    suppressed = serializers.IntegerField()
    deliveredExpectancy = serializers.FloatField(allow_null=True)
    suppressedExpectancy = serializers.FloatField(allow_null=True)
    savedR = serializers.FloatField(help_text="losses held back")
    costR = serializers.FloatField(help_text="gains held back")
    netR = serializers.FloatField()
    byReason = serializers.DictField(child=HeldBackSerializer())


class RunResultSerializer(Shape):
    """The result of a run. All but winrate, labels and triggersUrl depends on runKey alone."""

    runKey = serializers.CharField()
    bars = serializers.IntegerField(help_text="evaluated bars in [start, end)")
    triggers = TriggerSerializer(many=True, help_text="the first 20,000")
    triggerCount = serializers.IntegerField()
    triggersDigest = serializers.CharField()
    triggersUrl = serializers.CharField(allow_null=True, help_text="the rest, if there is one")
    winrate = serializers.FloatField(allow_null=True, help_text="of labels: good / (good + bad)")
    labels = LabelsSerializer()
    metrics = MetricsSerializer()
    proof = ProofSerializer()
    governor = GovernorSerializer(required=False)


class VariantSerializer(FiguresSerializer):
    """One combination of parameters."""

    number = serializers.IntegerField()
    runKey = serializers.CharField()
    params = serializers.DictField(child=serializers.FloatField())
    triggersPerDay = serializers.FloatField(allow_null=True)
    pRandom = serializers.FloatField(allow_null=True)
    sharpe = SharpeSerializer()
    deflatedSharpe = serializers.FloatField(allow_null=True)


class FoldSerializer(Shape):
    """One step of a walk forward; dates are first and last session."""

    train = serializers.ListField(child=serializers.DateField())
    test = serializers.ListField(child=serializers.DateField())
    chosen = serializers.IntegerField(allow_null=True, help_text="number of the variant")
    params = serializers.DictField(child=serializers.FloatField(), required=False)
    trainExpectancy = serializers.FloatField(allow_null=True, required=False)
    testExpectancy = serializers.FloatField(allow_null=True, required=False)
    testOutcomes = serializers.IntegerField(required=False)


class OutOfSampleSerializer(Shape):
    """All tests together."""

    outcomes = serializers.IntegerField()
    totalR = serializers.FloatField()
    expectancy = EstimateSerializer()
    tooFew = serializers.BooleanField()


class WalkForwardResultSerializer(Shape):
    """Choices on training sessions and what they earned afterwards."""

    folds = FoldSerializer(many=True)
    outOfSample = OutOfSampleSerializer()


class SweepResultSerializer(Shape):
    """The result of a sweep."""

    runKey = serializers.CharField()
    bars = serializers.IntegerField()
    sessions = serializers.IntegerField()
    axes = serializers.DictField(child=serializers.ListField(child=serializers.FloatField()))
    variants = VariantSerializer(many=True)
    tried = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="combinations that the rule refuses")
    best = serializers.IntegerField(allow_null=True, help_text="number of the variant")
    expectedBestSharpe = serializers.FloatField(help_text="of the luckiest worthless variant")
    walkForward = WalkForwardResultSerializer(required=False)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="BacktestResult",
        serializers=[RunResultSerializer, SweepResultSerializer],
        resource_type_field_name=None,
    )
)
class ResultField(serializers.JSONField):
    """Of a run or of a sweep."""


class RunSerializer(Shape):
    """A run or sweep; `result` is null in lists and until it is done."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=["run", "sweep"])
    runKey = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["queued", "running", "done", "failed", "cancelled"])
    progress = serializers.FloatField(help_text="0 to 1")
    request = serializers.DictField(help_text="as it was understood: ms, every parameter")
    error = serializers.CharField(allow_null=True)
    createdAt = serializers.DateTimeField()
    finishedAt = serializers.DateTimeField(allow_null=True)
    result = ResultField(allow_null=True)


class QueuedSerializer(Shape):
    """A run that was taken on."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=["queued", "running"])


class RunPageSerializer(Shape):
    """A page of runs, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = RunSerializer(many=True)


class TriggerPageSerializer(Shape):
    """A page of triggers, in order of time and rule."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = TriggerSerializer(many=True)


class PresetSerializer(Shape):
    """A preset: `request` can be posted as it is."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    shipped = serializers.BooleanField()
    request = serializers.DictField()
