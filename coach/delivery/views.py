"""Where a user's alerts go besides the page."""

from __future__ import annotations

from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from coach.accounts.strict import parse
from coach.accounts.views import UserView
from coach.delivery import services
from coach.delivery.channels import DestinationError, SendError
from coach.delivery.models import Destination
from coach.delivery.selectors import destinations_of, get_destination, standing_of
from coach.delivery.serializers import (
    ChoicesSerializer,
    CreatedDestinationSerializer,
    DestinationSerializer,
    NewDestinationSerializer,
    TestResultSerializer,
    columns,
    destination_json,
)


def refused(error: DestinationError) -> ValidationError:
    """The refusal, by the field that it is about."""
    about = "name" if "name." in str(error) else "url"
    return ValidationError({about: [str(error)]})


class DestinationsView(UserView):
    """The user's destinations. Making one looks its address up, so it is throttled."""

    throttle_scope = "delivery"

    def get_throttles(self) -> list[ScopedRateThrottle]:  # type: ignore[override]
        """Reading costs nothing."""
        return [ScopedRateThrottle()] if self.request.method == "POST" else []

    @extend_schema(
        operation_id="destinations", responses=DestinationSerializer(many=True), tags=["delivery"]
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Oldest first."""
        rows = destinations_of(self.user.pk)
        return Response([destination_json(row, standing_of(row)) for row in rows])

    @extend_schema(
        operation_id="createDestination",
        request=NewDestinationSerializer,
        responses={201: CreatedDestinationSerializer},
        tags=["delivery"],
    )
    def post(self, request: Request) -> Response:
        """A new one. An address in a private network is refused."""
        given = parse(NewDestinationSerializer, request.data)
        try:
            made = services.create_destination(
                user_id=self.user.pk, kind=given["kind"], url=given["url"], **columns(given)
            )
        except DestinationError as error:
            raise refused(error) from error
        body = destination_json(made, standing_of(made)) | {"secret": made.secret or None}
        return Response(body, status=HTTPStatus.CREATED)


class OneDestination(UserView):
    """What both views of one destination need."""

    def destination(self, destination_id: str) -> Destination:
        """The user's own.

        Raises:
            NotFound: another's, or none.
        """
        found = get_destination(self.user.pk, destination_id)
        if found is None:
            raise NotFound("No destination of yours has this id.")
        return found


class DestinationView(OneDestination):
    """One destination. Another address is another destination."""

    @extend_schema(
        operation_id="changeDestination",
        request=ChoicesSerializer,
        responses=DestinationSerializer,
        tags=["delivery"],
    )
    def patch(self, request: Request, destination_id: str) -> Response:
        """What is not named stays."""
        row = self.destination(destination_id)
        given = parse(ChoicesSerializer, request.data, partial=True)
        try:
            services.change_destination(destination=row, changes=columns(given))
        except DestinationError as error:
            raise refused(error) from error
        return Response(destination_json(row, standing_of(row)))

    @extend_schema(operation_id="deleteDestination", responses={204: None}, tags=["delivery"])
    def delete(self, request: Request, destination_id: str) -> Response:  # noqa: ARG002
        """Forget it, and what was on its way there."""
        self.destination(destination_id).delete()
        return Response(status=HTTPStatus.NO_CONTENT)


class DestinationTestView(OneDestination):
    """The test button."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "delivery"

    @extend_schema(
        operation_id="testDestination",
        request=None,
        responses=TestResultSerializer,
        tags=["delivery"],
    )
    def post(self, request: Request, destination_id: str) -> Response:  # noqa: ARG002
        """Send a test message now, and say whether it was taken."""
        row = self.destination(destination_id)
        try:
            services.send_test(row)
        except SendError as error:
            return Response({"delivered": False, "detail": str(error)})
        return Response({"delivered": True, "detail": ""})
