"""Pages of long lists: `{next, previous, results}` by a cursor, 200 rows at most."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.db.utils import DataError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

M = TypeVar("M", bound=Model)
MAX_PAGE = 200


class CursorPage(CursorPagination):
    """DRF's cursor, so that a list that grows at its head neither skips nor repeats a row. `limit`
    is the page's size; a cursor that nobody handed out is the client's error."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = MAX_PAGE

    def paginate_queryset(  # type: ignore[override]  # DRF's stub says list[Any] | None
        self, queryset: QuerySet[M], request: Request, view: APIView | None = None
    ) -> list[M]:
        """One page.

        Raises:
            ValidationError: `cursor` or `limit` is not ours.
        """
        try:
            return super().paginate_queryset(queryset, request, view) or []
        except (NotFound, ValueError, DataError, OverflowError) as error:
            raise ValidationError({"cursor": ["This is no cursor of this list."]}) from error

    def get_page_size(self, request: Request) -> int:
        """`limit`, 1 to 200.

        Raises:
            ValidationError: anything else.
        """
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return self.page_size
        size = int(given) if re.fullmatch("[0-9]{1,4}", given) else 0
        if not 1 <= size <= MAX_PAGE:
            raise ValidationError({"limit": [f"A whole number from 1 to {MAX_PAGE}."]})
        return size

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """As it is: the three keys are always there."""
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
