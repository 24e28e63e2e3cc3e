"""The admin site: staff only, with a second factor for whoever has set one up."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django_otp import user_has_device
from django_otp.admin import OTPAdminAuthenticationForm, OTPAdminSite

from coach.accounts.authentication import may_connect


class LoginForm(OTPAdminAuthenticationForm):  # type: ignore[misc]
    """Asks for a token only from a user with a confirmed device."""

    def clean_otp(self, user: AbstractBaseUser | None) -> None:
        """The token, where one is needed."""
        if user is not None and user_has_device(user):
            super().clean_otp(user)


class CoachAdminSite(admin.AdminSite):
    """Django's, where a session that was opened without the second factor is not enough for an
    admin who has one: a login through the API asks for the password alone."""

    site_header = "Coach"
    site_title = "Coach admin"
    index_title = "Flags, feedback, people"
    login_form = LoginForm
    login_template = OTPAdminSite.login_template

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff, from where they may come, verified if they have a device."""
        user = request.user
        if not super().has_permission(request) or not may_connect(user, request):
            return False
        # OTPMiddleware adds is_verified to every user.
        return not user_has_device(user) or bool(user.is_verified())  # type: ignore[union-attr]
