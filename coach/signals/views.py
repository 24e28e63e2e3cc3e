"""What a user watches, and which rules may speak to him."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.engine.registry import RULES
from coach.market.selectors import list_symbols
from coach.signals import selectors, services
from coach.signals.records import RuleChoice
from coach.signals.serializers import (
    RuleSerializer,
    RuleSettingChangeSerializer,
    RuleSettingSerializer,
    WatchlistSerializer,
)

ON = RuleChoice(mode="on", muted_until=None)


class WatchlistView(UserView):
    """The user's symbols."""

    @extend_schema(operation_id="watchlist", responses=WatchlistSerializer, tags=["watchlist"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The symbols chosen, or every symbol for who never chose."""
        chosen = selectors.watchlist_of(self.user.pk)
        if chosen is None:
            chosen = list_symbols()
        return Response({"symbols": chosen})

    @extend_schema(
        operation_id="saveWatchlist",
        request=WatchlistSerializer,
        responses=WatchlistSerializer,
        tags=["watchlist"],
    )
    def put(self, request: Request) -> Response:
        """Replace the list."""
        given = parse(WatchlistSerializer, request.data)
        return Response(
            {"symbols": services.set_watchlist(user_id=self.user.pk, symbols=given["symbols"])}
        )


class RulesView(UserView):
    """The rules there are."""

    @extend_schema(operation_id="rules", responses=RuleSerializer(many=True), tags=["rules"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every rule with the schema of its parameters."""
        return Response(
            [
                {
                    "ruleId": rule.rule_id,
                    "version": str(rule.version),
                    "title": rule.title,
                    "description": rule.description,
                    "params": rule.schema(),
                }
                for rule in RULES.values()
            ]
        )


class RuleSettingsView(UserView):
    """The user's choices for all rules."""

    @extend_schema(
        operation_id="allRuleSettings",
        responses=RuleSettingSerializer(many=True),
        tags=["rules"],
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """One row a rule; a rule without a choice is on."""
        choices = selectors.rule_choices([self.user.pk])
        return Response(
            [setting_json(rule_id, choices.get((self.user.pk, rule_id), ON)) for rule_id in RULES]
        )


class RuleSettingView(UserView):
    """The user's choice for one rule."""

    @extend_schema(operation_id="ruleSettings", responses=RuleSettingSerializer, tags=["rules"])
    def get(self, request: Request, rule_id: str) -> Response:  # noqa: ARG002
        """On unless chosen otherwise."""
        demand_rule(rule_id)
        choices = selectors.rule_choices([self.user.pk])
        return Response(setting_json(rule_id, choices.get((self.user.pk, rule_id), ON)))

    @extend_schema(
        operation_id="saveRuleSettings",
        request=RuleSettingChangeSerializer,
        responses=RuleSettingSerializer,
        tags=["rules"],
    )
    def put(self, request: Request, rule_id: str) -> Response:
        """On, silent or off; muted until a market time."""
        demand_rule(rule_id)
        given = parse(RuleSettingChangeSerializer, request.data)
        choice = RuleChoice(mode=given["mode"], muted_until=given["mutedUntil"])
        services.set_rule_setting(
            user_id=self.user.pk,
            rule_id=rule_id,
            mode=choice.mode,
            muted_until=choice.muted_until,
        )
        return Response(setting_json(rule_id, choice))


def demand_rule(rule_id: str) -> None:
    """Raises NotFound for a rule that does not exist."""
    if rule_id not in RULES:
        raise NotFound(f"No rule is named {rule_id!r}; there are {', '.join(RULES)}.")


def setting_json(rule_id: str, choice: RuleChoice) -> dict[str, Any]:
    """A choice as the client reads it."""
    return {
        "ruleId": rule_id,
        "mode": choice.mode,
        "mutedUntil": choice.muted_until.isoformat() if choice.muted_until else None,
    }
