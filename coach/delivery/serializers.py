"""The shapes of destinations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from coach.delivery.models import Destination
from coach.delivery.selectors import Standing
from coach.engine.registry import RULES

RULE_IDS = sorted(RULES)


class ChoicesSerializer(StrictSerializer):
    """Which alerts go there. No rule named: all of them."""

    name = serializers.CharField(max_length=60)
    enabled = serializers.BooleanField(default=True)
    rules = serializers.ListField(
        child=serializers.ChoiceField(choices=RULE_IDS), max_length=len(RULES), default=list
    )
    minConfidence = serializers.FloatField(min_value=0, max_value=1, default=0.0)


class NewDestinationSerializer(ChoicesSerializer):
    """`url`: of Apprise (tgram://…, slack://…, mailto://…), or https://… of a webhook."""

    kind = serializers.ChoiceField(choices=Destination.Kind.choices)
    url = serializers.CharField(max_length=1000)


class DestinationSerializer(ChoicesSerializer):
    """A destination and how its deliveries went. `target` is the address without its secrets."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=Destination.Kind.choices)
    target = serializers.CharField()
    sent = serializers.IntegerField()
    waiting = serializers.IntegerField()
    failed = serializers.IntegerField()
    lastSentAt = serializers.DateTimeField(allow_null=True)
    lastError = serializers.CharField(allow_blank=True)


class CreatedDestinationSerializer(DestinationSerializer):
    """With the secret that a webhook's messages are signed with, which is shown this once."""

    secret = serializers.CharField(allow_null=True)


class TestResultSerializer(StrictSerializer):
    """Whether the test message was taken, or why not."""

    delivered = serializers.BooleanField()
    detail = serializers.CharField(allow_blank=True)


COLUMNS = {
    "name": "name",
    "enabled": "enabled",
    "rules": "rules",
    "minConfidence": "min_confidence",
}


def columns(given: dict[str, Any]) -> dict[str, Any]:
    """Validated choices as columns."""
    return {COLUMNS[name]: value for name, value in given.items() if name in COLUMNS}


def destination_json(destination: Destination, standing: Standing) -> dict[str, Any]:
    """A destination as the client reads it."""
    return {
        "id": destination.pk,
        "kind": destination.kind,
        "target": destination.shown_url,
        **{name: getattr(destination, column) for name, column in COLUMNS.items()},
        "sent": standing.sent,
        "waiting": standing.waiting,
        "failed": standing.failed,
        "lastSentAt": standing.last_sent_at,
        "lastError": standing.last_error,
    }
