"""Feature flags for admins: whom a flag is on for, and what it was before."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.core.validators import MinValueValidator
from django.http import HttpRequest

from coach.flags.models import Flag, FlagChange
from coach.flags.readonly import ReadOnlyAdmin


class FlagForm(forms.ModelForm[Flag]):
    """Only what this product honours: no cookies, test headers or languages."""

    percent = forms.DecimalField(
        required=False,
        max_digits=3,
        decimal_places=1,
        validators=[MinValueValidator(0)],
        help_text="0.0 to 99.9 % of the users, always the same ones for a flag. For all of them, "
        "set Everyone to Yes.",
    )

    class Meta:
        model = Flag
        fields = (
            "everyone",
            "percent",
            "users",
            "groups",
            "staff",
            "superusers",
            "authenticated",
            "note",
        )


@admin.register(Flag)
class FlagAdmin(admin.ModelAdmin[Flag]):
    """Flags are named by the code: they are switched here, not made."""

    form = FlagForm
    list_display = ("name", "everyone", "percent", "staff", "superusers", "authenticated", "note")
    search_fields = ("name", "note")
    autocomplete_fields = ("users",)
    filter_horizontal = ("groups",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """No: a flag that no code reads would do nothing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Flag | None = None) -> bool:  # noqa: ARG002
        """No: code reads it."""
        return False


@admin.register(FlagChange)
class FlagChangeAdmin(ReadOnlyAdmin[FlagChange]):
    """The ledger."""

    list_display = ("name", "at", "created_at", "rule")
    list_filter = ("name",)
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-id"]
