"""Runs and presets for admins: to read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from backtest.models import Preset, Run
from coach.flags.readonly import ReadOnlyAdmin


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """What was asked for, where it stands, why it failed."""

    list_display = ("id", "user", "kind", "status", "progress", "attempts", "created_at", "run_key")
    list_filter = ("status", "kind")
    search_fields = ("id", "run_key", "user__username", "error")
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-id"]
    list_select_related = ("user",)


@admin.register(Preset)
class PresetAdmin(ReadOnlyAdmin[Preset]):
    """What users keep."""

    list_display = ("name", "user", "created_at")
    search_fields = ("name", "user__username")
    list_select_related = ("user",)
