"""Shapes of an import: the file, and the report on each of its lines."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from feedback.journal.importing import ImportReport, ImportRow
from feedback.journal.serializers import RoundTripSerializer, Shape

MAX_CSV: Final = 4_000_000
STATUSES: Final = ("new", "changed", "known", "deleted", "wrong", "left")
NEW_YORK: Final = "America/New_York"


class ImportRequestSerializer(StrictSerializer):
    """A file as text. Without `save` nothing is written: the answer is the preview."""

    csv = serializers.CharField(max_length=MAX_CSV, trim_whitespace=False)
    timezone = serializers.CharField(
        max_length=64, default=NEW_YORK, help_text="of times that name no zone; IANA"
    )
    linkAlerts = serializers.BooleanField(
        default=True, help_text="join trades to the alerts they were taken on"
    )
    save = serializers.BooleanField(default=False)  # type: ignore[assignment]  # DRF's method

    def validate_timezone(self, value: str) -> ZoneInfo:
        """The zone."""
        if value not in available_timezones():
            raise serializers.ValidationError("Not an IANA time zone; America/New_York is one.")
        return ZoneInfo(value)


class ImportProblemSerializer(Shape):
    """What is wrong with a line."""

    field = serializers.CharField()
    detail = serializers.CharField()


class ImportRowSerializer(Shape):
    """What becomes of some lines of the file."""

    line = serializers.IntegerField(help_text="the first of `lines`, counted from 1")
    lines = serializers.ListField(child=serializers.IntegerField())
    status = serializers.ChoiceField(choices=STATUSES)
    note = serializers.CharField(allow_blank=True)
    problems = ImportProblemSerializer(many=True)
    trade = RoundTripSerializer(allow_null=True)


class ImportCountsSerializer(Shape):
    """How many rows of each status."""

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """One number a status."""
        return {name: serializers.IntegerField() for name in STATUSES}


class ImportReportSerializer(Shape):
    """The report on a file."""

    format = serializers.CharField()
    formatTitle = serializers.CharField()
    saved = serializers.BooleanField()
    counts = ImportCountsSerializer()
    rows = ImportRowSerializer(many=True)


def report_json(report: ImportReport) -> dict[str, Any]:
    """The report as the client reads it."""
    return {
        "format": report.format.id,
        "formatTitle": report.format.title,
        "saved": report.saved,
        "counts": {name: report.counts.get(name, 0) for name in STATUSES},
        "rows": [_row_json(row) for row in report.rows],
    }


def _row_json(row: ImportRow) -> dict[str, Any]:
    found = (row.problems or {}).items()
    return {
        "line": row.line,
        "lines": list(row.lines),
        "status": row.status,
        "note": row.note,
        "problems": [{"field": name, "detail": text} for name, text in found],
        "trade": None if row.facts is None else _trade_json(row),
    }


def _trade_json(row: ImportRow) -> dict[str, Any]:
    facts = row.facts
    assert facts is not None, "its caller looked"  # noqa: S101
    return {
        "symbol": facts.symbol,
        "side": facts.side,
        "quantity": facts.quantity,
        "entryTime": facts.entry_ts.isoformat(),
        "entryPrice": facts.entry_price,
        "exitTime": None if facts.exit_ts is None else facts.exit_ts.isoformat(),
        "exitPrice": facts.exit_price,
        "stop": facts.stop,
        "fees": facts.fees,
        "signalId": facts.signal_id,
        "ruleId": None if row.signal is None else row.signal.rule_id,
        "r": row.r,
    }
