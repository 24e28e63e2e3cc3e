"""Shapes of the journal's endpoints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from feedback.journal.figures import pnl_of
from feedback.journal.records import MAX_NOTES, MAX_TAG, MAX_TAGS, TradeRow

Shape = serializers.Serializer[Any]
SYMBOL: Final = r"^[A-Z0-9.:_-]{1,20}\Z"
RULE: Final = r"^[a-z0-9_]{1,40}\Z"
DIRECTIONS: Final = ("long", "short")
SOURCES: Final = ("manual", "alert", "import", "demo")
NO_RULE: Final = "none"
MAX_MS: Final = int(datetime(2050, 1, 1, tzinfo=UTC).timestamp() * 1000)
MAX_CSV: Final = 4_000_000
NAMES: Final = {
    "symbol": "symbol",
    "side": "side",
    "quantity": "quantity",
    "entryTime": "entry_ts",
    "entryPrice": "entry_price",
    "exitTime": "exit_ts",
    "exitPrice": "exit_price",
    "stop": "stop",
    "fees": "fees",
    "planned": "planned",
    "tags": "tags",
    "notes": "notes",
    "signalId": "signal_id",
}


class TagField(serializers.CharField):
    """A word or two; commas separate tags in files."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  DRF's options
        super().__init__(**{"max_length": MAX_TAG, "min_length": 1, **options})

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401  DRF's signature
        """DRF's, without the separators."""
        tag = super().to_internal_value(data)
        if "|" in tag or "," in tag or not tag.isprintable():
            raise serializers.ValidationError("A tag has no '|', no ',' and no control characters.")
        return tag


class TradeRequestSerializer(StrictSerializer):
    """A trade. With `signalId` the alert fills in symbol, side, entry and stop where they are left
    out, and `entryTime` is the market's now."""

    symbol = serializers.RegexField(SYMBOL, required=False)
    side = serializers.ChoiceField(choices=DIRECTIONS, required=False)
    quantity = serializers.FloatField()
    entryTime = serializers.DateTimeField(required=False, default_timezone=UTC)
    entryPrice = serializers.FloatField(required=False)
    exitTime = serializers.DateTimeField(required=False, allow_null=True, default_timezone=UTC)
    exitPrice = serializers.FloatField(required=False, allow_null=True)
    stop = serializers.FloatField(required=False, allow_null=True, help_text="the first stop")
    fees = serializers.FloatField(required=False, help_text="of both sides together")
    planned = serializers.BooleanField(required=False)
    tags = serializers.ListField(child=TagField(), max_length=MAX_TAGS, required=False)
    notes = serializers.CharField(
        max_length=MAX_NOTES, allow_blank=True, required=False, trim_whitespace=False
    )
    signalId = serializers.CharField(max_length=26, required=False, allow_null=True)


class TradeChangeSerializer(TradeRequestSerializer):
    """What changes; what is left out stays. `deleted` false undoes a deletion and stands alone."""

    quantity = serializers.FloatField(required=False)
    deleted = serializers.BooleanField(required=False)

    def validate_deleted(self, value: bool) -> bool:  # noqa: FBT001  DRF's signature
        """Deleting is DELETE's."""
        if value:
            raise serializers.ValidationError("Only false, which restores; use DELETE to delete.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A restored trade is as it was."""
        if "deleted" in attrs and len(attrs) > 1:
            raise serializers.ValidationError({"deleted": ["Send it alone."]})
        return attrs


class TradesQuerySerializer(StrictSerializer):
    """Which trades: entered at `from` <= time < `to`, in epoch ms UTC."""

    symbol = serializers.RegexField(SYMBOL, required=False)
    side = serializers.ChoiceField(choices=DIRECTIONS, required=False)
    ruleId = serializers.RegexField(
        RULE, required=False, help_text="of the alert that was taken; none: without an alert"
    )
    tag = TagField(required=False)
    planned = serializers.BooleanField(required=False)
    closed = serializers.BooleanField(required=False)
    signalId = serializers.CharField(max_length=26, required=False)
    q = serializers.CharField(
        max_length=80, required=False, help_text="in notes, tags and symbol, case ignored"
    )
    from_ = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language, so its field is declared under another name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class RoundTripSerializer(Shape):
    """What a trade is, kept or still in a broker's file."""

    symbol = serializers.CharField()
    side = serializers.ChoiceField(choices=DIRECTIONS)
    quantity = serializers.FloatField()
    entryTime = serializers.DateTimeField()
    entryPrice = serializers.FloatField()
    exitTime = serializers.DateTimeField(allow_null=True)
    exitPrice = serializers.FloatField(allow_null=True)
    stop = serializers.FloatField(allow_null=True)
    fees = serializers.FloatField()
    signalId = serializers.CharField(allow_null=True)
    ruleId = serializers.CharField(allow_null=True, help_text="of the alert it was taken on")
    r = serializers.FloatField(allow_null=True, help_text="after fees; null while open or no unit")


class TradeSerializer(RoundTripSerializer):
    """A trade with its figures."""

    id = serializers.UUIDField()
    planned = serializers.BooleanField()
    tags = serializers.ListField(child=serializers.CharField())
    notes = serializers.CharField(allow_blank=True)
    regime = serializers.CharField(allow_null=True, help_text="of the market at the alert")
    sessionDate = serializers.DateField(help_text="of the exit; while open of the entry")
    open = serializers.BooleanField()
    unit = serializers.FloatField(allow_null=True, help_text="price of 1 R")
    pnl = serializers.FloatField(allow_null=True, help_text="after fees, in the prices' currency")
    mfe = serializers.FloatField(allow_null=True, help_text="R, >= 0; null without bars")
    mae = serializers.FloatField(allow_null=True, help_text="R, >= 0; null without bars")
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]  # DRF moves it aside
    createdAt = serializers.DateTimeField()


class TradePageSerializer(Shape):
    """A page of trades, the newest entry first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TradeSerializer(many=True)


def trade_json(row: TradeRow) -> dict[str, Any]:
    """A trade as the client reads it."""
    facts = row.facts
    return {
        "id": str(row.id),
        "symbol": facts.symbol,
        "side": facts.side,
        "quantity": facts.quantity,
        "entryTime": facts.entry_ts.isoformat(),
        "entryPrice": facts.entry_price,
        "exitTime": None if facts.exit_ts is None else facts.exit_ts.isoformat(),
        "exitPrice": facts.exit_price,
        "stop": facts.stop,
        "fees": facts.fees,
        "planned": facts.planned,
        "tags": list(facts.tags),
        "notes": facts.notes,
        "signalId": facts.signal_id,
        "ruleId": row.rule_id,
        "regime": row.regime,
        "sessionDate": row.session_date.isoformat(),
        "open": facts.exit_ts is None,
        "unit": row.unit,
        "r": row.r,
        "pnl": None
        if facts.exit_price is None
        else pnl_of(facts.side, facts.quantity, facts.entry_price, facts.exit_price, facts.fees),
        "mfe": row.mfe,
        "mae": row.mae,
        "source": row.source,
        "createdAt": row.created_at.isoformat(),
    }
