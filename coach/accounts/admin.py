"""Users, their API tokens and settings, for admins."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from coach.accounts.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """Django's page of a user, with the key and the mark of the demo user."""

    list_display = ("username", "id", "email", "is_active", "is_staff", "loopback_only")
    list_filter = (*DjangoUserAdmin.list_filter, "loopback_only")
    search_fields = ("username", "id", "email", "first_name", "last_name")
    readonly_fields = ("id", "last_login", "date_joined")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "username", "password", "loopback_only")}),
        *(DjangoUserAdmin.fieldsets or ())[1:],
    )
