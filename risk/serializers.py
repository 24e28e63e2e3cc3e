"""Shapes of limits, locks and the preview of the gates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from coach.accounts.strict import StrictSerializer
from learning.serializers import RULE, GatesSerializer, MomentField
from risk.policy import BOUNDS, LOSS_SOURCES, Bound, RiskPolicy
from risk.selectors import LockRow
from risk.services import MAX_REASON

Shape = serializers.Serializer[Any]

# The API's names of the limits.
NAMES = {
    "baseConfidence": "base_confidence",
    "cooldownSeconds": "cooldown_seconds",
    "dailyLossR": "daily_loss_r",
    "lossStreak": "loss_streak",
    "alertsPerHour": "alerts_per_hour",
    "staleAfterBars": "stale_after_bars",
    "lossSource": "loss_source",
    "dailyAlertBudget": "daily_alert_budget",
}
HELP = {
    "baseConfidence": "the confidence gate at score 0",
    "cooldownSeconds": "between alerts of one rule, symbol and direction at score 0",
    "dailyLossR": "R lost in a session that lock it; null: no limit",
    "lossStreak": "losses in a row that lock the session; null: no limit",
    "alertsPerHour": "in the trailing 60 minutes; null: no limit",
    "staleAfterBars": "data older than that many bars hold alerts back",
    "dailyAlertBudget": "alerts a session (governor V2); null: no budget",
}


class PreviewQuerySerializer(StrictSerializer):
    """Which rule."""

    ruleId = serializers.RegexField(RULE, required=False, help_text="left out: every rule")
    asOf = MomentField(required=False, help_text="market time; left out: as it stands")


class LockSerializer(Shape):
    """Something that holds the rule's alerts back now."""

    code = serializers.CharField()
    reason = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True, help_text="market time, where known")


class PreviewSerializer(Shape):
    """The gates of a rule for this user."""

    ruleId = serializers.CharField()
    governor = serializers.ChoiceField(choices=["v1", "v2"])
    score = serializers.FloatField(help_text="in [-1, +1]")
    base = GatesSerializer(help_text="at score 0")
    current = GatesSerializer()
    locks = LockSerializer(many=True)
    expectedValue = serializers.FloatField(
        required=False, help_text="V2: EV in R of a signal at the base confidence"
    )
    price = serializers.FloatField(required=False, help_text="V2: the EV that is asked for, in R")
    reasons = serializers.ListField(child=serializers.CharField())
    asOf = serializers.DateTimeField()


class PolicySerializer(StrictSerializer):
    """A user's limits. What is left out of a change stays as it is."""

    lossSource = serializers.ChoiceField(
        choices=LOSS_SOURCES,
        required=False,
        help_text="what counts as a loss: the journal's trades, or the outcomes of alerts",
    )

    def get_fields(self) -> Any:  # noqa: ANN401  DRF's signature
        """One field for each bound."""
        numbers = {
            name: _field(BOUNDS[own], HELP[name]) for name, own in NAMES.items() if own in BOUNDS
        }
        return {**numbers, **super().get_fields()}


def _field(bound: Bound, text: str) -> serializers.Field[Any, Any, Any, Any]:
    if bound.whole:
        return serializers.IntegerField(
            min_value=int(bound.low),
            max_value=int(bound.high),
            allow_null=bound.optional,
            required=False,
            help_text=text,
        )
    return serializers.FloatField(
        min_value=bound.low,
        max_value=bound.high,
        allow_null=bound.optional,
        required=False,
        help_text=text,
    )


class LockRequestSerializer(StrictSerializer):
    """A manual lock."""

    until = MomentField(
        required=False, allow_null=True, default=None, help_text="market time; null: until unlocked"
    )
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MAX_REASON
    )


class LockStateSerializer(Shape):
    """The manual lock."""

    locked = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)


def policy_json(policy: RiskPolicy) -> dict[str, Any]:
    """The limits under the API's names."""
    values = asdict(policy)
    return {name: values[own] for name, own in NAMES.items()}


def lock_json(lock: LockRow | None) -> dict[str, Any]:
    """The manual lock, or that there is none."""
    if lock is None:
        return {"locked": False, "reason": "", "since": None, "until": None}
    return {
        "locked": True,
        "reason": lock.reason,
        "since": lock.since.isoformat(),
        "until": None if lock.until is None else lock.until.isoformat(),
    }
