"""Shapes of the replay controls."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from coach.market.clock import MAX_SPEED

ACTIONS = ("pause", "resume", "speed", "nextAlert", "restart")


class ReplayCommandSerializer(StrictSerializer):
    """What the market clock shall do; `speed` goes with the action of that name, and only there."""

    action = serializers.ChoiceField(choices=ACTIONS)
    speed = serializers.FloatField(
        min_value=0, max_value=MAX_SPEED, required=False, help_text="0: as fast as it goes"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`speed` belongs to the action speed."""
        if (attrs["action"] == "speed") != ("speed" in attrs):
            wanted = "needs" if attrs["action"] == "speed" else "takes no"
            raise serializers.ValidationError(
                {"speed": [f"The action {attrs['action']} {wanted} speed."]}
            )
        return attrs


class SessionStateSerializer(serializers.Serializer[Any]):
    """A calendar at market time: `closesAt` while open, `opensAt` while closed."""

    open = serializers.BooleanField()
    opensAt = serializers.DateTimeField(allow_null=True)
    closesAt = serializers.DateTimeField(allow_null=True)


class FeedSignSerializer(serializers.Serializer[Any]):
    """Whether the feed lives. Both null while its markets are closed."""

    ageMs = serializers.FloatField(
        allow_null=True,
        help_text="since its last bar or other sign of life; a quiet market is not a dead feed",
    )
    trouble = serializers.CharField(allow_null=True, help_text="what is wrong with it")


class ReplayStateSerializer(serializers.Serializer[Any]):
    """The market clock. `marketTime` null before a source first ran."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF moves it aside
        choices=("live", "replay", "synthetic")
    )
    speed = serializers.FloatField()
    paused = serializers.BooleanField()
    marketTime = serializers.DateTimeField(allow_null=True)
    controllable = serializers.BooleanField(help_text="by this user, now")
    feed = FeedSignSerializer()
    sessions = serializers.DictField(
        child=SessionStateSerializer(), help_text="by calendar: XNYS, 24/7"
    )
