"""Shapes of the journal's statistics."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from feedback.journal.serializers import MAX_MS, RULE, SYMBOL, Shape
from feedback.journal.statistics import BREAKDOWNS


class StatsQuerySerializer(StrictSerializer):
    """Which trades: entered at `from` <= time < `to`, in epoch ms UTC."""

    symbol = serializers.RegexField(SYMBOL, required=False)
    ruleId = serializers.RegexField(RULE, required=False)
    planned = serializers.BooleanField(required=False)
    from_ = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)
    to = serializers.IntegerField(min_value=0, max_value=MAX_MS, required=False)

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """`from` is a word of the language, so its field is declared under another name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class TodaySerializer(Shape):
    """The session that the market is in, or was in last."""

    date = serializers.DateField()
    r = serializers.FloatField(help_text="sum over the trades closed in it")
    trades = serializers.IntegerField(help_text="closed, with an R")
    lossStreak = serializers.IntegerField(help_text="losses in a row as it stands")
    open = serializers.IntegerField(help_text="trades still open, whatever their session")


class GroupSerializer(Shape):
    """Trades with something in common."""

    key = serializers.CharField(allow_blank=True, help_text='"": they have none')
    n = serializers.IntegerField()
    total = serializers.FloatField(help_text="R")
    expectancy = serializers.FloatField(allow_null=True, help_text="mean R")
    low = serializers.FloatField(allow_null=True, help_text="95 %; null below six trades")
    high = serializers.FloatField(allow_null=True)
    wins = serializers.IntegerField()
    profitFactor = serializers.FloatField(allow_null=True)


class CalendarDaySerializer(Shape):
    """A session."""

    date = serializers.DateField()
    r = serializers.FloatField()
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()


class BinSerializer(Shape):
    """Trades with `low` <= R < `high`; null: without bound."""

    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    trades = serializers.IntegerField()


class StatsSerializer(Shape):
    """What the trades came to. R is after fees and not clipped."""

    asOf = serializers.DateTimeField()
    today = TodaySerializer()
    all = GroupSerializer()
    withoutR = serializers.IntegerField(help_text="closed without a stop or an alert: no R")
    demo = serializers.BooleanField(help_text="some of them came with the demo")
    calendar = CalendarDaySerializer(many=True)
    holidays = serializers.ListField(
        child=serializers.DateField(),
        help_text="weekdays without a session, in the months from the first trade's to today's",
    )
    distribution = BinSerializer(many=True)

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """One list for each breakdown."""
        return {**super().get_fields(), **{name: GroupSerializer(many=True) for name in BREAKDOWNS}}
