"""Instruments and bars over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coach.accounts.strict import parse
from coach.engine.bars import Bars
from coach.market import selectors
from coach.market.calendars import CalendarError
from coach.market.columns import Float64
from coach.market.serializers import (
    BarsQuerySerializer,
    BarsSerializer,
    GapSerializer,
    SymbolSerializer,
)

MAX_BARS = 50_000
PRICES = ("open", "high", "low", "close", "volume")


class FastJSONRenderer(JSONRenderer):
    """JSON by orjson: tens of thousands of rows, and NaN as null."""

    def render(
        self,
        data: Any,  # noqa: ANN401  whatever a view answers
        accepted_media_type: str | None = None,  # noqa: ARG002
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> bytes:
        """UTF-8, without spaces."""
        return orjson.dumps(data)


class SymbolsView(APIView):
    """The instruments."""

    @extend_schema(operation_id="symbols", responses=SymbolSerializer(many=True), tags=["market"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every instrument with its calendar, tick size and data range."""
        rows = selectors.list_instruments()
        return Response([SymbolSerializer(row).data for row in rows])


class BarsView(APIView):
    """Closed bars with the evaluator's own lines."""

    renderer_classes = (FastJSONRenderer,)

    @extend_schema(
        operation_id="bars",
        parameters=[BarsQuerySerializer],
        responses=BarsSerializer,
        tags=["market"],
    )
    def get(self, request: Request) -> Response:
        """At most 50,000 bars. 404 for an unknown symbol; 400 names the parameter and its bound."""
        query = parse(BarsQuerySerializer, request.query_params)
        if "to" not in query:
            query["to"] = int(selectors.market_now().timestamp() * 1000)
        if query["from"] >= query["to"]:
            raise ValidationError({"from": [f"Must be before to, which is {query['to']}."]})
        try:
            return Response(_answer(query))
        except selectors.UnknownSymbolError as error:
            raise NotFound(str(error)) from error
        except CalendarError as error:
            raise ValidationError({"from": [str(error)]}) from error


def _answer(query: Mapping[str, Any]) -> dict[str, Any]:
    symbol, timeframe, session = query["symbol"], query["timeframe"], query["session"]
    selectors.get_instrument(symbol)
    start, end, names = query["from"], query["to"], query.get("indicators", ())
    _check_size(selectors.bars_at_most(symbol, timeframe, start, end))
    if names:
        whole = selectors.load_with_warmup(symbol, timeframe, start, end, session=session)
        bars = whole.slice(whole.position(start), len(whole))
        drawn = selectors.indicator_lines(whole, timeframe, start, end)
        lines = [drawn[name] for name in names]
    else:
        lines = []
        bars = selectors.load_bars(symbol, timeframe, start, end, session=session)
    _check_size(len(bars))
    gaps = selectors.gaps(symbol, timeframe, start, end, session=session, bars=bars)
    return {
        "symbol": symbol,
        "timeframe": timeframe,
        "columns": ["ts", *PRICES, *names],
        "bars": _rows(bars, lines),
        "gaps": GapSerializer(gaps, many=True).data,
    }


def _rows(bars: Bars, lines: Sequence[Float64]) -> list[tuple[float, ...]]:
    columns = [bars.ts.tolist(), *(getattr(bars, name).tolist() for name in PRICES)]
    columns += [line.tolist() for line in lines]
    return list(zip(*columns, strict=True))


def _check_size(count: int) -> None:
    if count > MAX_BARS:
        raise ValidationError(
            {"from": [f"About {count} bars from here to to; one answer has at most {MAX_BARS}."]},
            code="max_value",
        )
