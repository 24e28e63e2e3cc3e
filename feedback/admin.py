"""Review of labels: what was said, about which signal, and what became of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html

from coach.flags.readonly import ReadOnlyAdmin
from feedback.models import Feedback

CSV_COLUMNS = (
    "id",
    "created_at",
    "market_ts",
    "user",
    "symbol",
    "timeframe",
    "seq",
    "rule_id",
    "label",
    "notes",
    "delivered",
    "outcome_known",
    "undoes_id",
    "signal_id",
    "direction",
    "confidence",
    "price",
    "outcome_state",
    "outcome_r",
)
# A spreadsheet runs a cell that begins like this.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv.writer writes into: gives the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin[Feedback]):
    """Labels are appended by their users alone; here they are found, read and exported."""

    list_display = (
        "created_at",
        "user",
        "label",
        "rule_id",
        "symbol",
        "signal_beside",
        "outcome",
        "delivered",
        "outcome_known",
        "notes",
    )
    list_filter = ("label", "rule_id", "delivered", "outcome_known", "created_at")
    search_fields = ("=id", "=symbol", "rule_id", "notes", "user__username", "=signal__id")
    list_select_related = ("user", "signal")
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-revision"]
    actions = ("export_csv",)
    show_full_result_count = False

    @admin.display(description="signal")
    def signal_beside(self, row: Feedback) -> str:
        """Direction, confidence and price of the signal, with the way to it."""
        signal = row.signal
        if signal is None:
            return "no signal: the trader marked the bar"
        return format_html(
            '<a href="{}">{} {} at {}</a>',
            reverse("admin:signals_signal_change", args=[signal.pk]),
            signal.direction,
            f"{signal.confidence * 100:.0f}",  # format_html takes no format codes
            signal.price,
        )

    @admin.display(description="outcome")
    def outcome(self, row: Feedback) -> str:
        """R of the signal, or how far it is."""
        signal = row.signal
        if signal is None:
            return "–"
        return signal.outcome_state if signal.outcome_r is None else f"{signal.outcome_r:+.2f} R"

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_csv(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        rows: QuerySet[Feedback],
    ) -> StreamingHttpResponse:
        """The chosen labels with their signals, streamed."""
        response = StreamingHttpResponse(_csv_lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="feedback.csv"'
        return response


def _csv_lines(rows: QuerySet[Feedback]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(CSV_COLUMNS)
    for row in rows.select_related("user", "signal").iterator(chunk_size=500):
        yield writer.writerow(csv_cells(row))


def csv_cells(row: Feedback) -> list[str]:
    """One label as text, harmless in a spreadsheet."""
    signal = row.signal
    values = {name: getattr(row, name, None) for name in CSV_COLUMNS}
    values |= {"user": row.user.get_username()}
    if signal is not None:
        names = ("direction", "confidence", "price", "outcome_state", "outcome_r")
        values |= {name: getattr(signal, name) for name in names}
    return [_harmless(values[name]) for name in CSV_COLUMNS]


def _harmless(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    return "'" + text if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
