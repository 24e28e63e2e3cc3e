"""The parity ledger over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from backtest.ledger import NoSessionError, run_parity
from backtest.models import ParityReport
from backtest.parity_serializers import (
    ParityQuerySerializer,
    ParityRequestSerializer,
    ParitySerializer,
    parity_json,
)
from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.market.selectors import UnknownSymbolError

MAX_ROWS = 200


class ParityView(UserView):
    """The ledger."""

    @extend_schema(
        operation_id="listParity",
        parameters=[ParityQuerySerializer],
        responses=ParitySerializer(many=True),
        tags=["parity"],
    )
    def get(self, request: Request) -> Response:
        """Newest session first, at most 200 rows."""
        asked = parse(ParityQuerySerializer, request.query_params)
        names = {"symbol": "symbol", "session": "session_date"}
        wanted = {names[name]: value for name, value in asked.items()}
        rows = ParityReport.objects.filter(**wanted).order_by("-session_date", "symbol")
        return Response([parity_json(each) for each in rows[:MAX_ROWS]])


class ParityRunView(UserView):
    """A session, replayed now."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "run"

    @extend_schema(
        operation_id="runParity",
        request=ParityRequestSerializer,
        responses=ParitySerializer,
        tags=["parity"],
    )
    def post(self, request: Request) -> Response:
        """Replay it and answer with its row."""
        asked = parse(ParityRequestSerializer, request.data)
        try:
            report = run_parity(symbol=asked["symbol"], session_date=asked["session"])
        except UnknownSymbolError as error:
            raise ValidationError({"symbol": [str(error)]}) from error
        except NoSessionError as error:
            raise ValidationError({"session": [str(error)]}) from error
        return Response(parity_json(report))
