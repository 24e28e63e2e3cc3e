"""The replay controls over HTTP."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import extend_schema
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.live.commands import Command, NobodyAnswersError, ask
from coach.live.relay import client
from coach.live.replay import replay_state
from coach.live.serializers import ReplayCommandSerializer, ReplayStateSerializer
from coach.market.clock import ClockError


class LiveSilentError(APIException):
    """The live process does not answer; nothing was done."""

    status_code = 503
    default_code = "unavailable"
    default_detail = "The live process does not answer; nothing was done. Try again."
    wait = 2  # becomes Retry-After


class ReplayView(UserView):
    """The market clock of a replayed or synthetic market. It is everybody's, so staff turn it, or
    whoever has the machine to himself."""

    @extend_schema(operation_id="replay", responses=ReplayStateSerializer, tags=["live"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Source, speed, market time, sessions."""
        return Response(replay_state(may_control=self._may_control()))

    @extend_schema(
        operation_id="controlReplay",
        request=ReplayCommandSerializer,
        responses=ReplayStateSerializer,
        tags=["live"],
    )
    def post(self, request: Request) -> Response:
        """Pause, resume, another speed, on to the next alert, or again from the start. A restart
        doubles nothing: signals that are recorded stay as they are and are not announced again."""
        if not self._may_control():
            raise PermissionDenied("Only staff may turn a market clock that others share.")
        given = parse(ReplayCommandSerializer, request.data)
        try:
            ask(client(), Command(given["action"], given.get("speed"), self.user.pk))
        except ClockError as error:
            raise ValidationError({"action": [str(error)]}) from error
        except (NobodyAnswersError, RedisError) as error:
            raise LiveSilentError from error
        return Response(replay_state(may_control=True))

    def _may_control(self) -> bool:
        return self.user.is_staff or settings.ENV.embedded
