"""Shapes of the watchlist and of the rules."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from coach.market.selectors import list_symbols
from coach.signals.models import RuleSetting

MAX_SYMBOLS = 500
MODES = RuleSetting.Mode.values


class WatchlistSerializer(StrictSerializer):
    """Symbols in the user's order."""

    symbols = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=MAX_SYMBOLS
    )

    def validate_symbols(self, symbols: list[str]) -> list[str]:
        """Each an instrument, each once."""
        known = set(list_symbols())
        errors: dict[int, list[str]] = {}
        for index, symbol in enumerate(symbols):
            if symbol not in known:
                errors[index] = [f"No instrument is named {symbol!r}."]
            elif symbol in symbols[:index]:
                errors[index] = [f"{symbol} is listed twice."]
        if errors:
            raise serializers.ValidationError(errors)  # type: ignore[arg-type]  # as ListField does
        return symbols


class RuleSerializer(serializers.Serializer[Any]):
    """A rule as its file declares it."""

    ruleId = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    params = serializers.DictField(help_text="JSON schema of the parameters, with defaults")


class RuleSettingSerializer(serializers.Serializer[Any]):
    """A user's choice for a rule."""

    ruleId = serializers.CharField()
    mode = serializers.ChoiceField(choices=MODES)
    mutedUntil = serializers.DateTimeField(allow_null=True, help_text="market time")


class RuleSettingChangeSerializer(StrictSerializer):
    """`mutedUntil` null or left out: not muted."""

    mode = serializers.ChoiceField(choices=MODES)
    mutedUntil = serializers.DateTimeField(allow_null=True, default=None, help_text="market time")
