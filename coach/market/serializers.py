"""Shapes of the market's endpoints."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from coach.engine.layout import TIMEFRAME_MS
from coach.market.calendars import CALENDARS, LAST_DATE, day_of, zone
from coach.market.models import SYMBOL_PATTERN
from coach.market.selectors import InstrumentRow

LINES = ("ema20", "ema50", "vwap")
MAX_TS = (day_of(LAST_DATE) + 1) * 86_400_000
REASONS = ("quiet", "feed_gap", "no_data", "session_break")


class LinesField(serializers.CharField):
    """`ema20,vwap`: names of indicator lines, in the order in which the columns are wanted."""

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401  DRF's signature
        """The names as a tuple, each once."""
        names = [name for name in super().to_internal_value(data).split(",") if name]
        unknown = sorted({name[:20] for name in names if name not in LINES})
        if unknown:
            raise serializers.ValidationError(
                f"{', '.join(unknown)} is unknown. There is {', '.join(LINES)}.", code="unknown"
            )
        return tuple(dict.fromkeys(names))


class BarsQuerySerializer(StrictSerializer):
    """Which bars: `from` <= ts < `to`, in epoch ms UTC."""

    symbol = serializers.CharField(
        max_length=20,
        validators=[RegexValidator(SYMBOL_PATTERN, "Not a symbol: [A-Z0-9.:_-]{1,20}.")],
    )
    timeframe = serializers.ChoiceField(choices=tuple(TIMEFRAME_MS), default="1m")
    from_ = serializers.IntegerField(min_value=0, max_value=MAX_TS, help_text="epoch ms UTC")
    to = serializers.IntegerField(
        min_value=0,
        max_value=MAX_TS,
        required=False,
        help_text="epoch ms UTC, exclusive; by default the market's time now",
    )
    session = serializers.ChoiceField(choices=("regular", "extended"), default="regular")
    indicators = LinesField(
        required=False, allow_blank=True, max_length=100, help_text="of ema20, ema50, vwap"
    )

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language, so its field is declared under another name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class GapSerializer(serializers.Serializer[Any]):
    """Bars that are not there; both seqs inclusive."""

    fromSeq = serializers.IntegerField(source="from_seq")
    toSeq = serializers.IntegerField(source="to_seq")
    reason = serializers.ChoiceField(choices=REASONS)


class BarsSerializer(serializers.Serializer[Any]):
    """Bars as rows under named columns."""

    symbol = serializers.CharField()
    timeframe = serializers.ChoiceField(choices=tuple(TIMEFRAME_MS))
    columns = serializers.ListField(child=serializers.CharField())
    bars = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="one row a bar, oldest first; ts in epoch ms; null where a line has not begun",
    )
    gaps = GapSerializer(many=True)


class RangeSerializer(serializers.Serializer[Any]):
    """Half-open span in epoch ms UTC."""

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` and `to` of a pair."""
        return {"from": serializers.IntegerField(), "to": serializers.IntegerField()}


class SymbolSerializer(serializers.Serializer[InstrumentRow]):
    """An instrument and the span of its bars."""

    symbol = serializers.CharField()
    name = serializers.CharField()
    calendar = serializers.ChoiceField(choices=CALENDARS)
    timeZone = serializers.SerializerMethodField(help_text="of the exchange, an IANA name")
    tickSize = serializers.FloatField(source="tick_size")
    assetClass = serializers.CharField(source="asset_class")
    vendorTicker = serializers.CharField(source="vendor_ticker")
    dataRange = serializers.SerializerMethodField(help_text="null without bars")

    def get_timeZone(self, row: InstrumentRow) -> str:  # noqa: N802  named after its field
        """Where the exchange's wall clock hangs."""
        return zone(row.calendar).key

    @extend_schema_field(RangeSerializer(allow_null=True))
    def get_dataRange(self, row: InstrumentRow) -> dict[str, int] | None:  # noqa: N802
        """Open of the first bar, end of the last."""
        if row.data_range is None:
            return None
        return {"from": row.data_range[0], "to": row.data_range[1]}
