"""What a row of the parity ledger looks like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backtest.models import ParityReport
from backtest.parity import Cause
from coach.accounts.strict import StrictSerializer
from coach.market.models import SYMBOL_PATTERN


class ParityQuerySerializer(StrictSerializer):
    """Which sessions."""

    symbol = serializers.RegexField(SYMBOL_PATTERN, required=False)
    session = serializers.DateField(required=False, help_text="the session's date")


class ParityRequestSerializer(StrictSerializer):
    """Which session to replay."""

    symbol = serializers.RegexField(SYMBOL_PATTERN)
    session = serializers.DateField(help_text="the session's date")


class ParitySideSerializer(serializers.Serializer[Any]):
    """A trigger as one side has it."""

    direction = serializers.ChoiceField(choices=["long", "short"])
    confidence = serializers.FloatField()
    price = serializers.FloatField()
    level = serializers.FloatField()


class ParityDifferenceSerializer(serializers.Serializer[Any]):
    """A trigger that differs; a side is null that does not have it."""

    seq = serializers.IntegerField()
    ruleId = serializers.CharField()
    cause = serializers.ChoiceField(choices=[each.value for each in Cause])
    live = ParitySideSerializer(allow_null=True)
    replay = ParitySideSerializer(allow_null=True)


class ParityComparisonSerializer(serializers.Serializer[Any]):
    """The differences, at most 200, and how many there are by cause."""

    differences = ParityDifferenceSerializer(many=True)
    causes = serializers.DictField(child=serializers.IntegerField())


class ParitySerializer(serializers.Serializer[Any]):
    """A session of a symbol, replayed against what live recorded. Rates are null without triggers.

    `received`: on the bars that live took, where every difference is a fault of ours; `corrected`:
    on the bars as the vendor has them now.
    """

    symbol = serializers.CharField()
    session = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]  # DRF moves it aside
    bars = serializers.IntegerField()
    revisedBars = serializers.IntegerField()
    lateBars = serializers.IntegerField()
    missingBars = serializers.IntegerField()
    liveSignals = serializers.IntegerField()
    replayedSignals = serializers.IntegerField()
    correctedSignals = serializers.IntegerField()
    matchRate = serializers.FloatField(allow_null=True)
    correctedMatchRate = serializers.FloatField(allow_null=True)
    received = ParityComparisonSerializer()
    corrected = ParityComparisonSerializer()
    engineVersion = serializers.CharField()
    computedAt = serializers.DateTimeField()


def parity_json(report: ParityReport) -> dict[str, Any]:
    """A row of the ledger."""
    live = report.live_signals
    return {
        "symbol": report.symbol,
        "session": report.session_date.isoformat(),
        "source": report.source,
        "bars": report.bars,
        "revisedBars": report.revised_bars,
        "lateBars": report.late_bars,
        "missingBars": report.missing_bars,
        "liveSignals": live,
        "replayedSignals": report.replayed_signals,
        "correctedSignals": report.corrected_signals,
        "matchRate": _rate(report.matched, live, report.replayed_signals),
        "correctedMatchRate": _rate(report.corrected_matched, live, report.corrected_signals),
        "received": {
            "differences": report.received_differences,
            "causes": report.received_causes,
        },
        "corrected": {
            "differences": report.corrected_differences,
            "causes": report.corrected_causes,
        },
        "engineVersion": report.engine_version,
        "computedAt": report.computed_at.isoformat(),
    }


def _rate(matched: int, live: int, replayed: int) -> float | None:
    whole = max(live, replayed)
    return matched / whole if whole else None
