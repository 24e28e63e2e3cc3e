"""What a user may choose on the Settings screen: the sections, their bounds and their defaults."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coach.accounts.strict import StrictSerializer

# The actions that single keys can be bound to, and their keys as the browser names them
# (KeyboardEvent.key).
DEFAULT_KEYS = {
    "nextCard": "j",
    "previousCard": "k",
    "focusChart": "Enter",
    "labelGood": "1",
    "labelBad": "2",
    "labelLate": "3",
    "labelMissed": "4",
    "undo": "u",
    "tookIt": "t",
    "note": "n",
    "why": "e",
    "muteRule": "m",
    "skipReview": "0",
    "silenceVoice": " ",
    "interruptVoice": "Escape",
    "previousSymbol": "[",
    "nextSymbol": "]",
    "goTo": "g",
    "filter": "/",
    "help": "?",
}
INDICATORS = ("ema20", "ema50", "vwap")
TOUR_STEPS = ("label", "gate", "preset", "promote", "interrupt")
VOICE_MODES = ("on", "silent", "off")
MOST_VOICE_SYMBOLS = 200
SYMBOL = re.compile(r"[A-Z0-9.:_-]{1,20}")


@extend_schema_field(
    {
        "type": "object",
        "description": "Action to key (KeyboardEvent.key), over the default ones; an empty key "
        "switches the action's shortcut off.",
        "properties": {
            action: {"type": "string", "maxLength": 16, "default": key}
            for action, key in DEFAULT_KEYS.items()
        },
        "additionalProperties": False,
    }
)
class BindingsField(serializers.DictField):
    """Known actions, each key once."""

    child = serializers.CharField(max_length=16, allow_blank=True, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - the client's
        """The bindings given, over the default ones.

        Raises:
            ValidationError: an unknown action, or one key for two actions.
        """
        given = super().to_internal_value(data)
        unknown = sorted(set(given).difference(DEFAULT_KEYS))
        if unknown:
            raise serializers.ValidationError(
                f"Unknown action {unknown[0][:64]!r}. There is {', '.join(DEFAULT_KEYS)}."
            )
        bindings = {**DEFAULT_KEYS, **given}
        users: dict[str, str] = {}
        for action, key in bindings.items():
            if key and key in users:
                raise serializers.ValidationError(
                    f"The key {key!r} is bound to both {users[key]} and {action}."
                )
            users[key] = action
        return bindings


class DisplaySerializer(StrictSerializer):
    """Colours, clock and lines."""

    theme = serializers.ChoiceField(choices=["system", "dark", "light"], default="system")
    colourPair = serializers.ChoiceField(choices=["cyanRed", "blueOrange"], default="cyanRed")
    clock = serializers.ChoiceField(choices=["exchange", "local", "utc"], default="exchange")
    motion = serializers.ChoiceField(choices=["system", "reduced"], default="system")
    indicators = serializers.ListField(
        child=serializers.ChoiceField(choices=INDICATORS),
        max_length=len(INDICATORS),
        default=lambda: list(INDICATORS),
    )
    volume = serializers.BooleanField(default=True)
    heldBack = serializers.BooleanField(default=True)
    extendedHours = serializers.BooleanField(default=False)


class SoundsSerializer(StrictSerializer):
    """The tones of alerts and locks."""

    enabled = serializers.BooleanField(default=True)
    volume = serializers.FloatField(min_value=0, max_value=1, default=1.0)
    long = serializers.BooleanField(default=True)
    short = serializers.BooleanField(default=True)
    lock = serializers.BooleanField(default=True)


class KeysSerializer(StrictSerializer):
    """Single-key shortcuts: on or off (WCAG 2.1.4), and which."""

    singleKeys = serializers.BooleanField(default=True)
    bindings = BindingsField(default=lambda: dict(DEFAULT_KEYS))


@extend_schema_field(
    {
        "type": "object",
        "description": "Symbol to on (spoken), silent (captions alone) or off; on where none is "
        "named.",
        "additionalProperties": {"type": "string", "enum": list(VOICE_MODES)},
        "maxProperties": MOST_VOICE_SYMBOLS,
    }
)
class VoiceSymbolsField(serializers.DictField):
    """What is done with a symbol's alerts."""

    child = serializers.ChoiceField(choices=VOICE_MODES)

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - the client's
        """The symbols given.

        Raises:
            ValidationError: too many, or one is no symbol.
        """
        given = super().to_internal_value(data)
        if len(given) > MOST_VOICE_SYMBOLS:
            raise serializers.ValidationError(f"At most {MOST_VOICE_SYMBOLS} symbols.")
        for symbol in given:
            if not SYMBOL.fullmatch(symbol):
                raise serializers.ValidationError(f"Not a symbol: {symbol[:40]!r}.")
        return given


class VoiceSerializer(StrictSerializer):
    """The spoken coach. `bargeIn`: it listens through the microphone and stops when spoken to."""

    enabled = serializers.BooleanField(default=False)
    volume = serializers.FloatField(min_value=0, max_value=1, default=0.8)
    rate = serializers.FloatField(min_value=0.5, max_value=2, default=1.0)
    bargeIn = serializers.BooleanField(default=False)
    symbols = VoiceSymbolsField(default=dict)


class DeliverySerializer(StrictSerializer):
    """Which alerts ask for attention when the page is in the background."""

    desktop = serializers.BooleanField(default=False)
    minConfidence = serializers.FloatField(min_value=0, max_value=1, default=0.0)


class SizingSerializer(StrictSerializer):
    """What the size on a card stands on."""

    riskPerTrade = serializers.FloatField(
        min_value=0.01,
        max_value=1e9,
        allow_null=True,
        default=None,
        help_text="money from entry to stop, in the instrument's currency; null: no size is named",
    )


class TourSerializer(StrictSerializer):
    """The first steps: which are done, and whether the trader wants to see them."""

    done = serializers.ListField(
        child=serializers.ChoiceField(choices=TOUR_STEPS), max_length=len(TOUR_STEPS), default=list
    )
    dismissed = serializers.BooleanField(default=False)


SECTIONS: dict[str, type[StrictSerializer]] = {
    "display": DisplaySerializer,
    "sounds": SoundsSerializer,
    "keys": KeysSerializer,
    "voice": VoiceSerializer,
    "delivery": DeliverySerializer,
    "sizing": SizingSerializer,
    "tour": TourSerializer,
}


class SettingsSerializer(StrictSerializer):
    """All sections, each whole."""

    display = DisplaySerializer()
    sounds = SoundsSerializer()
    keys = KeysSerializer()
    voice = VoiceSerializer()
    delivery = DeliverySerializer()
    sizing = SizingSerializer()
    tour = TourSerializer()


class SettingsChangeSerializer(StrictSerializer):
    """What is not named stays as it is."""

    display = DisplaySerializer(required=False)
    sounds = SoundsSerializer(required=False)
    keys = KeysSerializer(required=False)
    voice = VoiceSerializer(required=False)
    delivery = DeliverySerializer(required=False)
    sizing = SizingSerializer(required=False)
    tour = TourSerializer(required=False)


def with_defaults(stored: dict[str, Any]) -> dict[str, Any]:
    """What is stored, completed by today's defaults; what no longer passes is dropped."""
    whole: dict[str, Any] = {}
    for name, serializer_class in SECTIONS.items():
        fields = serializer_class().fields
        section = stored.get(name, {})
        kept = {key: value for key, value in section.items() if key in fields}
        serializer = serializer_class(data=kept)
        if not serializer.is_valid():
            kept = {key: value for key, value in kept.items() if key not in serializer.errors}
            serializer = serializer_class(data=kept)
            serializer.is_valid(raise_exception=True)
        whole[name] = dict(serializer.validated_data)
    return whole
