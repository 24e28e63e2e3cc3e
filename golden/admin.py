"""Review of candidates: what it asserts, what it notices, accept or reject."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coach.accounts.models import User
from golden import services
from golden.models import Candidate, State

DECISIONS = [(State.ACCEPTED.value, "Accept"), (State.REJECTED.value, "Reject")]


class ReviewForm(forms.ModelForm[Candidate]):
    """A decision, with what it needs."""

    decision = forms.ChoiceField(choices=DECISIONS, widget=forms.RadioSelect)
    source = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Where the bars come from, and their licence. Needed to accept.",
    )
    review_notes = forms.CharField(
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed to reject; its author reads it.",
    )

    class Meta:
        model = Candidate
        fields = ("review_notes",)

    def clean(self) -> dict[str, Any]:
        """What the decision needs is there."""
        given: dict[str, Any] = super().clean() or {}
        decision = given.get("decision")
        if decision == State.ACCEPTED and not (given.get("source") or "").strip():
            self.add_error("source", "Say where the bars come from, and their licence.")
        if decision == State.REJECTED and not (given.get("review_notes") or "").strip():
            self.add_error("review_notes", "Say why it is rejected.")
        return given


@admin.register(Candidate)
class CandidateAdmin(admin.ModelAdmin[Candidate]):
    """Candidates are made by their authors; here they are judged, once."""

    form = ReviewForm
    list_display = ("name", "rule_id", "user", "state", "kill_rate", "created_at", "reviewer")
    list_filter = ("state", "rule_id")
    search_fields = ("name", "user__username", "notes")
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-id"]
    list_select_related = ("user", "reviewer")
    shown = (
        "name",
        "state",
        "rule_id",
        "user",
        "created_at",
        "notes",
        "asserts",
        "kill_rate",
        "survivors",
        "reviewer",
        "reviewed_at",
        "promoted_at",
    )
    readonly_fields = shown

    def get_fields(self, request: HttpRequest, obj: Candidate | None = None) -> tuple[str, ...]:
        """The decision while it waits for one."""
        if self.has_change_permission(request, obj):
            return (*self.shown, "decision", "source", "review_notes")
        return (*self.shown, "review_notes")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """No: a candidate is promoted from a run."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Candidate | None = None) -> bool:
        """Only one that waits for review."""
        waits = obj is None or obj.state == State.PROPOSED
        return waits and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Candidate | None = None) -> bool:  # noqa: ARG002
        """No: it is rejected."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Candidate,
        form: Any,  # noqa: ANN401 - Django's form
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        """Accept or reject; nothing else of a candidate changes."""
        given, user = form.cleaned_data, request.user
        assert isinstance(user, User)  # noqa: S101 - the admin site lets nobody else in
        notes, now = given["review_notes"], timezone.now()
        if given["decision"] == State.ACCEPTED:
            source = given["source"]
            services.accept(
                candidate=obj, reviewer_id=user.pk, source=source, notes=notes, as_of=now
            )
        else:
            services.reject(candidate=obj, reviewer_id=user.pk, notes=notes, as_of=now)

    @admin.display(description="kill rate")
    def kill_rate(self, candidate: Candidate) -> str:
        """Code mutants and faults of the data."""
        report = candidate.report
        code = f"{report['killed']} of {report['of']} code mutants ({report['rate']:.0%})"
        return f"{code}, {report['barsKilled']} of {report['barsOf']} faults of the bars"

    @admin.display(description="survivors")
    def survivors(self, candidate: Candidate) -> SafeString:
        """Mutants that the case does not notice."""
        report = candidate.report
        lines = [(each,) for each in [*report["survivors"], *report["barSurvivors"]]]
        return format_html_join("", "<div><code>{}</code></div>", lines) or format_html("none")

    @admin.display(description="asserts")
    def asserts(self, candidate: Candidate) -> SafeString:
        """What must fire and where silence is asserted."""
        document = json.loads(candidate.text)
        rows = [
            (each["seq"], each["direction"], each["confidence"])
            for each in document["expected"]["triggers"]
        ]
        told = format_html_join("", "<div>seq {} {} at confidence {}</div>", rows)
        words = "{} {} {} bars, parameters {}; silence on {} bars"
        return format_html("<div>" + words + "</div>{}", *_facts(document), told)


def _facts(document: dict[str, Any]) -> tuple[Any, ...]:
    silent = len(document["expected"]["silent"])
    params = json.dumps(document["params"])
    return document["symbol"], document["timeframe"], len(document["bars"]), params, silent
