"""Login, the user's own account, flags and settings."""

from __future__ import annotations

from django.contrib.auth import logout
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from django.views.decorators.debug import sensitive_post_parameters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from coach.accounts import services
from coach.accounts.models import User
from coach.accounts.selectors import get_settings
from coach.accounts.serializers import (
    FlagsSerializer,
    LoginSerializer,
    MeSerializer,
    PasswordSerializer,
)
from coach.accounts.settings_schema import SettingsChangeSerializer, SettingsSerializer
from coach.accounts.strict import parse
from coach.flags.services import flags_for


class InvalidCredentials(APIException):
    """Not 401: the request itself needs no login."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = "No active user has this name and password, or not from this machine."
    default_code = "invalid_credentials"


class UserView(APIView):
    """For views where permission guarantees a user of ours."""

    @property
    def user(self) -> User:
        """Who asks."""
        user = self.request.user
        assert isinstance(user, User), "the permission classes let somebody else in"  # noqa: S101
        return user


@method_decorator(ensure_csrf_cookie, name="dispatch")
class FlagsView(APIView):
    """Feature flags of whoever asks; the answer sets the cookie that a login needs."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="flags", responses=FlagsSerializer, tags=["account"])
    def get(self, request: Request) -> Response:
        """Every flag, for this user."""
        return Response(flags_for(request.user))


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(csrf_protect, name="dispatch")
class LoginView(APIView):
    """Opens a session. Needs the CSRF token although nobody is logged in yet."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "login"

    @extend_schema(
        operation_id="login", request=LoginSerializer, responses=MeSerializer, tags=["account"]
    )
    def post(self, request: Request) -> Response:
        """400 for wrong credentials; 429 after five failures."""
        given = parse(LoginSerializer, request.data)
        try:
            # axes and the session middleware look at Django's request, not at DRF's wrapper.
            user = services.log_in(request._request, **given)  # noqa: SLF001
        except services.InvalidCredentialsError as error:
            raise InvalidCredentials from error
        return Response(MeSerializer(user).data)


class LogoutView(APIView):
    """Ends the session."""

    @extend_schema(
        operation_id="logout",
        request=None,
        responses={204: OpenApiResponse(description="The session has ended.")},
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        """Forget the session; a token stays valid."""
        logout(request._request)  # noqa: SLF001 - the session hangs on Django's request
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(UserView):
    """The user who asks."""

    @extend_schema(operation_id="me", responses=MeSerializer, tags=["account"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Name and permissions."""
        return Response(MeSerializer(self.user).data)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordView(UserView):
    """Changes the user's own password."""

    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "login"

    @extend_schema(
        operation_id="changePassword",
        request=PasswordSerializer,
        responses={204: OpenApiResponse(description="Changed; other sessions have ended.")},
        tags=["account"],
    )
    def post(self, request: Request) -> Response:
        """This session stays logged in."""
        given = parse(PasswordSerializer, request.data)
        try:
            services.change_password(
                request._request,  # noqa: SLF001 - axes and the session look at Django's request
                user=self.user,
                current=given["currentPassword"],
                new=given["newPassword"],
            )
        except services.InvalidCredentialsError as error:
            raise ValidationError({"currentPassword": ["This is not your password."]}) from error
        except services.WeakPasswordError as error:
            raise ValidationError({"newPassword": error.messages}) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class SettingsView(UserView):
    """What the user chose on the Settings screen."""

    @extend_schema(operation_id="settings", responses=SettingsSerializer, tags=["account"])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Every section, completed by the defaults."""
        return Response(get_settings(self.user.pk))

    @extend_schema(
        operation_id="saveSettings",
        request=SettingsChangeSerializer,
        responses=SettingsSerializer,
        tags=["account"],
    )
    def put(self, request: Request) -> Response:
        """Change what is named; what is not named stays as it is."""
        change = parse(SettingsChangeSerializer, request.data, partial=True)
        return Response(services.save_settings(user_id=self.user.pk, change=change))
