"""The shapes of samples and of `/slo`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from observability.objectives import SHOWN_WINDOWS, load_objectives
from observability.samples import Sample
from observability.selectors import WINDOW, Percentiles, Report

MOST_SAMPLES = 50
DAY_MS = 86_400_000.0
EPOCH_LIMIT_MS = 1e14
MINUTES_MS, TEN_MINUTES_MS = 60_000.0, 600_000.0
# A painting time may come out below zero by as much as the clocks are uncertain.
EARLIEST_MS = -50.0


def _duration(most: float, *, least: float = 0.0) -> serializers.FloatField:
    return serializers.FloatField(min_value=least, max_value=most, required=False, allow_null=True)


class SampleSerializer(serializers.Serializer[Any]):
    """What a browser measured. All but the first two may be missing."""

    sampleId = serializers.RegexField(r"^[A-Za-z0-9._:/-]{1,64}\Z", trim_whitespace=False)
    clientSendTs = serializers.FloatField(min_value=0, max_value=EPOCH_LIMIT_MS)
    srvTs = serializers.FloatField(
        min_value=0, max_value=EPOCH_LIMIT_MS, required=False, allow_null=True
    )
    tickToWickMs = _duration(MINUTES_MS, least=EARLIEST_MS)
    ingestToWickMs = _duration(TEN_MINUTES_MS, least=EARLIEST_MS)
    gapFillMs = _duration(TEN_MINUTES_MS)
    rttMs = _duration(MINUTES_MS)
    reconnect = serializers.BooleanField(default=False)
    uncertaintyMs = serializers.FloatField(min_value=0, max_value=MINUTES_MS)
    hidden = serializers.BooleanField()


def sample_of(data: Mapping[str, Any]) -> Sample:
    """The sample in validated data."""
    return Sample(
        sample_id=data["sampleId"],
        uncertainty_ms=data["uncertaintyMs"],
        hidden=data["hidden"],
        tick_to_wick_ms=data.get("tickToWickMs"),
        ingest_to_wick_ms=data.get("ingestToWickMs"),
        gap_fill_ms=data.get("gapFillMs"),
        rtt_ms=data.get("rttMs"),
        reconnects=int(data["reconnect"]),
    )


class EchoSerializer(serializers.Serializer[Any]):
    """When the server received the request and sent the answer, epoch ms."""

    serverRecvTs = serializers.FloatField()
    serverSendTs = serializers.FloatField()


class PercentilesSerializer(serializers.Serializer[Any]):
    """Of one measure; null without samples."""

    count = serializers.IntegerField()
    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class MeasuresSerializer(serializers.Serializer[Any]):
    """Percentiles by measure."""

    tickToWickMs = PercentilesSerializer()
    ingestToWickMs = PercentilesSerializer()
    rttMs = PercentilesSerializer()
    voiceInterruptMs = PercentilesSerializer()
    historyGapFillMs = PercentilesSerializer()


class ReconnectsSerializer(serializers.Serializer[Any]):
    """Streams that browsers had to open anew."""

    total = serializers.IntegerField()
    lastHour = serializers.IntegerField()


class ObjectiveSerializer(serializers.Serializer[Any]):
    """A promise and how it stands."""

    name = serializers.CharField()
    title = serializers.CharField()
    objective = serializers.FloatField()
    window = serializers.CharField()
    measure = serializers.CharField()
    withinMs = serializers.FloatField()
    sli = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField(help_text="samples in the objective's window")
    budgetLeft = serializers.FloatField(allow_null=True)
    burn = serializers.DictField(child=serializers.FloatField(allow_null=True))
    state = serializers.ChoiceField(choices=["ok", "ticket", "page", "noData"])


class SloSerializer(serializers.Serializer[Any]):
    """`GET /slo`."""

    asOf = serializers.DateTimeField()
    window = serializers.CharField()
    metrics = MeasuresSerializer()
    sseReconnects = ReconnectsSerializer()
    objectives = ObjectiveSerializer(many=True)


class PointSerializer(PercentilesSerializer):
    """One minute of a measure."""

    ts = serializers.IntegerField(help_text="start of the minute, epoch ms")


class SeriesQuerySerializer(serializers.Serializer[Any]):
    """Which measure, how many minutes back."""

    measure = serializers.ChoiceField(
        choices=["tickToWickMs", "ingestToWickMs", "rttMs", "voiceInterruptMs", "historyGapFillMs"]
    )
    minutes = serializers.IntegerField(min_value=1, max_value=1440, default=60)


def percentiles_json(found: Percentiles) -> dict[str, float | int | None]:
    """Count and percentiles, to a hundredth of a millisecond."""
    values = {"p50": found.p50, "p95": found.p95, "p99": found.p99}
    return {
        "count": found.count,
        **{name: None if value is None else round(value, 2) for name, value in values.items()},
    }


def report_json(report: Report) -> dict[str, Any]:
    """`/slo` as JSON."""
    return {
        "asOf": datetime.fromtimestamp(report.as_of, tz=UTC).isoformat(),
        "window": WINDOW,
        "metrics": {name: percentiles_json(found) for name, found in report.measures.items()},
        "sseReconnects": {
            "total": report.reconnects_total,
            "lastHour": report.reconnects_last_hour,
        },
        "objectives": _objectives_json(report),
    }


def _objectives_json(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "name": objective.name,
            "title": objective.title,
            "objective": objective.objective,
            "window": objective.window,
            "measure": objective.measure,
            "withinMs": objective.within_ms,
            "sli": (stands := report.standings[objective.name]).sli,
            "count": stands.count,
            "budgetLeft": stands.budget_left,
            "burn": {window: stands.burn[window] for window in SHOWN_WINDOWS},
            "state": stands.state,
        }
        for objective in load_objectives()
    ]
