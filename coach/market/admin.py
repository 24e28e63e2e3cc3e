"""The market for admins: instruments can be changed, what the product wrote can be looked at."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from coach.market.models import BarChunk, Clock, Coverage, FeedGap, Instrument, ReceivedBar


@admin.register(Instrument)
class InstrumentAdmin(admin.ModelAdmin[Instrument]):
    """Names, tick sizes and the vendor's tickers. The calendar decides which bars rules see."""

    list_display = ("symbol", "name", "calendar", "asset_class", "tick_size", "vendor_ticker")
    list_filter = ("calendar", "asset_class")
    search_fields = ("symbol", "name", "vendor_ticker")
    readonly_fields = ("created_at",)

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        obj: Instrument | None = None,
    ) -> tuple[str, ...]:
        """A symbol is stored verbatim and everywhere: it cannot change."""
        return ("created_at",) if obj is None else ("symbol", "created_at")


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """To look at, not to touch: these rows are evidence."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  Django's signature
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002  Django's signature
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002  Django's signature
        """Nobody."""
        return False


@admin.register(BarChunk)
class BarChunkAdmin(ReadOnlyAdmin):
    """Which spans the cache holds."""

    list_display = ("instrument_id", "timeframe", "start_ms", "count", "updated_at")
    list_filter = ("timeframe", "instrument")
    exclude: ClassVar = ["data"]
    ordering = ("instrument_id", "timeframe", "-start_ms")


@admin.register(ReceivedBar)
class ReceivedBarAdmin(ReadOnlyAdmin):
    """Bars as they were received, corrections below their first version."""

    list_display = (
        "instrument_id",
        "timeframe",
        "ts",
        "revision",
        "close",
        "volume",
        "received_at",
    )
    list_filter = ("instrument", "timeframe", "source", "compacted")
    ordering = ("-ts", "instrument_id", "revision")
    show_full_result_count = False


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    """Which spans were fetched whole, and when."""

    list_display = (
        "instrument_id",
        "timeframe",
        "start_ms",
        "end_ms",
        "source",
        "bars",
        "refused",
        "fetched_at",
    )
    list_filter = ("instrument", "timeframe", "source")
    ordering = ("instrument_id", "timeframe", "-start_ms")


@admin.register(FeedGap)
class FeedGapAdmin(ReadOnlyAdmin):
    """Where the feed lost bars, and why."""

    list_display = ("instrument_id", "start_ms", "end_ms", "reason", "created_at")
    list_filter = ("instrument",)
    ordering = ("-start_ms",)


@admin.register(Clock)
class ClockAdmin(ReadOnlyAdmin):
    """The market's time, source by source."""

    list_display = ("source", "market_ms", "speed", "paused", "free", "updated_at")
