"""Signals and decisions for admins, to read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from coach.flags.readonly import ReadOnlyAdmin
from coach.signals.models import Decision, RuleSetting, Signal, Watchlist


@admin.register(Signal)
class SignalAdmin(ReadOnlyAdmin[Signal]):
    """What fired, and what became of it."""

    list_display = (
        "fired_at",
        "rule_id",
        "direction",
        "symbol",
        "timeframe",
        "confidence",
        "price",
        "outcome_state",
        "outcome_r",
        "origin",
    )
    list_filter = ("rule_id", "direction", "timeframe", "outcome_state", "origin", "session_date")
    search_fields = ("=id", "=symbol", "=rule_id")
    exclude = ("tape",)
    ordering: ClassVar = ["-fired_at", "-id"]
    show_full_result_count = False


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin[Decision]):
    """What each user's governor said."""

    list_display = ("decided_at", "user", "n", "signal", "delivered", "reason", "governor")
    list_filter = ("delivered", "reason_code", "governor", "mode", "signal__rule_id")
    search_fields = ("=id", "=signal__id", "=signal__symbol", "user__username")
    list_select_related = ("user", "signal")
    ordering: ClassVar = ["-decided_at", "-n"]
    show_full_result_count = False


@admin.register(Watchlist)
class WatchlistAdmin(ReadOnlyAdmin[Watchlist]):
    """What each user watches."""

    list_display = ("user", "symbols", "updated_at")
    search_fields = ("user__username",)
    list_select_related = ("user",)


@admin.register(RuleSetting)
class RuleSettingAdmin(ReadOnlyAdmin[RuleSetting]):
    """Which rules users have silenced."""

    list_display = ("user", "rule_id", "mode", "muted_until", "updated_at")
    list_filter = ("rule_id", "mode")
    search_fields = ("user__username",)
    list_select_related = ("user",)
