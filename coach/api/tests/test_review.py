"""Feedback review in the admin: found by label, rule and words, with the signal, and exported."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coach.accounts.models import User
from coach.signals.selectors import get_signals
from feedback.models import Feedback

Fire = Callable[..., str]
LIST = "/admin/feedback/feedback/"


@pytest.fixture
def boss(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def labelled(client: Client, fire: Fire) -> list[str]:
    """Two labels; the second's note would be a formula in a spreadsheet."""
    signals = [fire(0), fire(1, symbol="AAPL", rule_id="ema_cross")]
    for signal_id, label, notes in zip(
        signals, ("good", "bad"), ("clean break", "=HYPERLINK(1)"), strict=True
    ):
        body = {"signalId": signal_id, "label": label, "notes": notes}
        assert (
            client.post("/api/feedback", body, content_type="application/json").status_code == 201
        )
    return signals


def export(boss: Client, **query: str) -> list[dict[str, str]]:
    """The exported rows of the labels that a filter leaves."""
    shown = boss.get(LIST, query)
    chosen = [str(row.pk) for row in shown.context["cl"].queryset]
    answer: Any = boss.post(LIST, {"action": "export_csv", "_selected_action": chosen})
    assert answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_signal_stands_beside_the_label(boss: Client, labelled: list[str]) -> None:
    page = boss.get(LIST).content.decode()
    signal = get_signals(labelled)[labelled[0]]
    assert f"/admin/signals/signal/{signal.id}/change/" in page
    assert f"{signal.direction} 84 at {signal.price}" in page


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ({"label__exact": "good"}, ["ltp_breakout"]),
        ({"rule_id": "ema_cross"}, ["ema_cross"]),
        ({"q": "clean"}, ["ltp_breakout"]),
        ({"q": "AAPL"}, ["ema_cross"]),
        ({"q": "nothing"}, []),
    ],
)
def test_labels_are_found(
    boss: Client, labelled: list[str], query: dict[str, str], rules: list[str]
) -> None:
    found = boss.get(LIST, query).context["cl"].queryset
    assert [row.rule_id for row in found] == rules


def test_a_label_is_found_by_its_id(boss: Client, labelled: list[str]) -> None:
    row = Feedback.objects.latest("created_at")
    found = boss.get(LIST, {"q": str(row.pk)}).context["cl"].queryset
    assert [one.pk for one in found] == [row.pk]


def test_the_export_is_whole_and_harmless(boss: Client, labelled: list[str]) -> None:
    rows = {row["rule_id"]: row for row in export(boss)}
    assert set(rows) == {"ltp_breakout", "ema_cross"}
    assert rows["ltp_breakout"]["label"] == "good"
    assert rows["ltp_breakout"]["confidence"] == str(get_signals(labelled)[labelled[0]].confidence)
    assert rows["ema_cross"]["notes"] == "'=HYPERLINK(1)"
    assert [row["label"] for row in export(boss, label__exact="bad")] == ["bad"]


def test_labels_are_not_edited_here(boss: Client, labelled: list[str]) -> None:
    row = Feedback.objects.latest("created_at")
    where = f"{LIST}{row.pk}/change/"
    assert boss.get(where).status_code == 200
    assert boss.post(where, {"label": "good"}).status_code == 403
    assert boss.get(f"{LIST}add/").status_code == 403
