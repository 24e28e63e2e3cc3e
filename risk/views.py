"""Limits, the manual lock, and what the gates of a rule are now."""

from __future__ import annotations

from http import HTTPStatus

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.market.selectors import market_now
from learning.views import asked_rules
from risk import services
from risk.policy import PolicyError
from risk.preview import previews
from risk.selectors import locks_of, policy_of
from risk.serializers import (
    NAMES,
    LockRequestSerializer,
    LockStateSerializer,
    PolicySerializer,
    PreviewQuerySerializer,
    PreviewSerializer,
    lock_json,
    policy_json,
)

ONE_OR_ALL = PolymorphicProxySerializer(
    component_name="RiskPreviewOneOrAll",
    serializers=[PreviewSerializer, PreviewSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)


class PreviewView(UserView):
    """What it takes now for a rule's signal to become an alert."""

    @extend_schema(
        operation_id="riskPreview",
        parameters=[PreviewQuerySerializer],
        responses=ONE_OR_ALL,
        tags=["risk"],
    )
    def get(self, request: Request) -> Response:
        """The gates of a rule, base and current; without `ruleId` an array of all rules."""
        given = parse(PreviewQuerySerializer, request.query_params)
        rule_ids = asked_rules(given.get("ruleId"))
        found = previews(rule_ids, user_id=self.user.pk, as_of=given.get("asOf"))
        return Response(found[0] if "ruleId" in given else found)


class PolicyView(UserView):
    """The user's limits."""

    @extend_schema(operation_id="riskPolicy", responses=PolicySerializer, tags=["risk"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every limit; the defaults before the user chose."""
        return Response(policy_json(policy_of(self.user.pk, as_of=market_now())))

    @extend_schema(
        operation_id="saveRiskPolicy",
        request=PolicySerializer,
        responses=PolicySerializer,
        tags=["risk"],
    )
    def put(self, request: Request) -> Response:
        """Change limits; those left out stay as they are. In force from the next signal on."""
        given = parse(PolicySerializer, request.data)
        values = {NAMES[name]: value for name, value in given.items()}
        try:
            policy = services.set_policy(
                user_id=self.user.pk, values=values, market_ts=market_now()
            )
        except PolicyError as error:
            raise ValidationError(_named(error)) from error
        return Response(policy_json(policy))


class LockView(UserView):
    """The manual lock."""

    @extend_schema(operation_id="riskLock", responses=LockStateSerializer, tags=["risk"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Whether the user has locked his alerts."""
        return Response(self._state())

    @extend_schema(
        operation_id="lockRisk",
        request=LockRequestSerializer,
        responses={201: LockStateSerializer},
        tags=["risk"],
    )
    def post(self, request: Request) -> Response:
        """Stop alerts until a market time, or until unlocked. Signals are still recorded."""
        given = parse(LockRequestSerializer, request.data)
        try:
            services.lock(user_id=self.user.pk, market_ts=market_now(), **given)
        except PolicyError as error:
            raise ValidationError(_named(error)) from error
        return Response(self._state(), status=HTTPStatus.CREATED)

    @extend_schema(operation_id="unlockRisk", responses={200: LockStateSerializer}, tags=["risk"])
    def delete(self, request: Request) -> Response:  # noqa: ARG002
        """Take the lock off; no error without one."""
        services.unlock(user_id=self.user.pk, market_ts=market_now())
        return Response(self._state())

    def _state(self) -> dict[str, object]:
        return lock_json(locks_of([self.user.pk], as_of=market_now()).get(self.user.pk))


def _named(error: PolicyError) -> dict[str, list[str]]:
    """The problems under the API's names."""
    api = {own: name for name, own in NAMES.items()}
    return {api.get(own, own): [text] for own, text in error.problems.items()}
