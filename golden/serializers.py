"""What may be promoted, and the shapes of what this room answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backtest.serializers import MomentField
from coach.accounts.strict import StrictSerializer
from golden.fixture import NAME
from golden.models import State

Shape = serializers.Serializer[Any]
RESERVED = {"promote"}


class PromotionSerializer(StrictSerializer):
    """A stretch of a run that is to become a case."""

    runId = serializers.CharField(max_length=26)
    ruleId = serializers.CharField(max_length=40)
    name = serializers.RegexField(
        NAME,
        max_length=80,
        error_messages={
            "invalid": "3 to 80 small letters, digits and underscores, not beginning with one."
        },
    )
    notes = serializers.CharField(max_length=500, allow_blank=True, default="")
    from_ = MomentField(
        required=False,
        help_text="ms, ISO 8601 with zone, or a session date; without it the run's last sessions",
    )
    to = MomentField(required=False, help_text="exclusive; a date includes its session")

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language, so its field is declared under another name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}

    def validate_name(self, name: str) -> str:
        """Not one of the API's own words."""
        if name in RESERVED:
            raise serializers.ValidationError(f"{name!r} is reserved.")
        return name


class FileQuerySerializer(StrictSerializer):
    """As JSON about the case, or as its file."""

    download = serializers.BooleanField(default=False)


class DifferenceSerializer(Shape):
    """One thing that is not as the case says."""

    driver = serializers.ChoiceField(choices=["step", "scan", "backtest", "bars"])
    what = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True)
    ts = serializers.IntegerField(allow_null=True, help_text="open of the bar, epoch ms UTC")
    expected = serializers.CharField()
    got = serializers.CharField()
    bar = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        allow_null=True,
        help_text="ts, open, high, low, close, volume[, vwap]",
    )
    values = serializers.DictField(
        child=serializers.FloatField(), help_text="the rule's values and the chart's lines there"
    )


class LastRunSerializer(Shape):
    """A case on the evaluator that is installed."""

    status = serializers.ChoiceField(choices=["pass", "fail"])
    checkedAt = serializers.DateTimeField()
    engineVersion = serializers.CharField()
    differenceCount = serializers.IntegerField()
    differences = DifferenceSerializer(many=True, help_text="the first 20")


class MutationCountSerializer(Shape):
    """Mutants of the rule's code."""

    killed = serializers.IntegerField()
    of = serializers.IntegerField()


class CaseFields(Shape):
    """What cases and candidates have in common."""

    name = serializers.CharField()
    description = serializers.CharField()
    symbol = serializers.CharField()
    ruleId = serializers.CharField()
    params = serializers.DictField(child=serializers.FloatField())
    timeframe = serializers.CharField()
    session = serializers.CharField()
    calendar = serializers.CharField()
    engineVersion = serializers.CharField(help_text="the evaluator that it was made with")
    source_ = serializers.CharField(help_text="where the bars come from, licence")
    assertFrom = serializers.IntegerField(help_text="seq")
    mutation = MutationCountSerializer(allow_null=True)
    from_ = serializers.IntegerField(help_text="first asserted bar, epoch ms UTC")
    to = serializers.IntegerField(help_text="end of the last bar, epoch ms UTC")
    bars = serializers.IntegerField(help_text="warm-up included")
    triggers = serializers.IntegerField(help_text="expected")
    silent = serializers.IntegerField(help_text="bars on which silence is asserted by name")
    pass_ = serializers.BooleanField(help_text="false: the evaluator must refuse bars")
    lastRun = LastRunSerializer()

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """Three names are words of the language or of DRF."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class CaseSerializer(CaseFields):
    """A case of the corpus."""


class ReportSerializer(MutationCountSerializer):
    """What became of the mutants that were planted."""

    rate = serializers.FloatField()
    requiredRate = serializers.FloatField()
    survivors = serializers.ListField(child=serializers.CharField())
    barsKilled = serializers.IntegerField(help_text="faults of the data")
    barsOf = serializers.IntegerField()
    barSurvivors = serializers.ListField(child=serializers.CharField())


class CandidateSerializer(CaseFields):
    """A case that waits for review, or was reviewed."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    runId = serializers.CharField()
    notes = serializers.CharField()
    report = ReportSerializer()
    createdAt = serializers.DateTimeField()
    reviewedAt = serializers.DateTimeField(allow_null=True)
    reviewedBy = serializers.CharField(allow_null=True)
    reviewNotes = serializers.CharField()
    promotedAt = serializers.DateTimeField(allow_null=True)


class OverviewSerializer(Shape):
    """The corpus and the user's candidates."""

    engineVersion = serializers.CharField(help_text="the evaluator that is installed")
    requiredRate = serializers.FloatField(help_text="share of code mutants a case must kill")
    cases = CaseSerializer(many=True)
    candidates = CandidateSerializer(many=True, help_text="newest first")


class ExpectedTriggerSerializer(Shape):
    """A trigger that must fire."""

    seq = serializers.IntegerField()
    direction = serializers.ChoiceField(choices=["long", "short"])
    confidence = serializers.FloatField()


class RefusalSerializer(Shape):
    """A bar that must be refused."""

    row = serializers.IntegerField()
    field = serializers.CharField()
    reason = serializers.CharField()


class ExpectedSerializer(Shape):
    """What must come of the bars."""

    triggers = ExpectedTriggerSerializer(many=True)
    silent = serializers.ListField(child=serializers.IntegerField(), help_text="seq")
    pass_ = serializers.BooleanField()
    refusals = RefusalSerializer(many=True, required=False)

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`pass` is a word of the language."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class FixtureSerializer(Shape):
    """The part of a fixture file that the overview leaves out, among the rest of it."""

    bars = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="ts, open, high, low, close, volume[, vwap]",
    )
    expected = ExpectedSerializer()


class CaseDetailSerializer(CaseFields):
    """A case with its bars; `candidate` where the user proposed it."""

    candidate = CandidateSerializer(allow_null=True)
    fixture = FixtureSerializer()
