"""From a run over HTTP to a file of the corpus: proposed, measured, reviewed, written."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from backtest.models import Result, Run, TriggerPage
from backtest.tests.factories import day_ms, make_bars
from backtest.tests.stored import FIRST, LAST, SYMBOL, finished_run, store
from coach.accounts.models import User
from coach.signals.tests.factories import trader
from golden import services
from golden.fixture import CASES, parse
from golden.models import Candidate, State
from golden.runner import check
from golden.tests.factories import new_candidate

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
WEDNESDAY, THURSDAY = day_ms(dt.date(2024, 3, 20)), day_ms(dt.date(2024, 3, 21))


@pytest.fixture
def user() -> User:
    return trader()


@pytest.fixture
def run(user: User) -> Run:
    return finished_run(user.pk, "ema_cross", "ltp_breakout")


def ask(user: User, run: Run, **changes: Any) -> Any:
    client = Client()
    client.force_login(user)
    body = {"runId": run.pk, "ruleId": "ema_cross", "name": "from_a_run", **changes}
    return client.post("/api/golden/promote", body, content_type="application/json")


def read(user: User, path: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(path)


def test_a_stretch_of_a_run_becomes_a_candidate_that_passes_alone(user: User, run: Run) -> None:
    answer = ask(user, run, notes="Two days of crosses", **{"from": WEDNESDAY - 86_400_000})
    assert answer.status_code == 201, answer.content
    row = answer.json()
    assert row["state"] == "proposed"
    assert row["report"]["rate"] >= row["report"]["requiredRate"] == 0.6
    assert row["report"]["killed"] + len(row["report"]["survivors"]) == row["report"]["of"]
    assert row["mutation"] == {"killed": row["report"]["killed"], "of": row["report"]["of"]}
    assert row["lastRun"]["status"] == "pass"
    fixture = parse(json.loads(Candidate.objects.get().text))
    assert check(fixture) == []
    assert len(fixture.expected.triggers) == row["triggers"] > 3


def test_a_date_as_the_end_includes_its_session(user: User, run: Run) -> None:
    day = dt.date(2024, 3, 20).isoformat()
    answer = ask(user, run, **{"from": (dt.date(2024, 3, 19)).isoformat(), "to": day})
    assert answer.status_code == 201, answer.content
    assert answer.json()["to"] == WEDNESDAY + 20 * 3_600_000


def test_the_warm_up_is_the_shortest_that_gives_the_runs_triggers(user: User, run: Run) -> None:
    assert ask(user, run, **{"from": WEDNESDAY}).status_code == 201
    fixture = parse(json.loads(Candidate.objects.get().text))
    later = fixture.model_copy(update={"bars": fixture.bars[1:]})
    assert check(fixture) == []
    assert check(later) != []


def test_a_weak_case_is_refused_with_its_survivors_and_leaves_nothing(user: User, run: Run) -> None:
    answer = ask(user, run, **{"from": WEDNESDAY, "to": WEDNESDAY + 14 * 3_600_000})
    assert answer.status_code == 422, answer.content
    errors = answer.json()["errors"]
    assert errors[0]["code"] == "kill_rate"
    assert "60%" in errors[0]["detail"]
    assert {each["code"] for each in errors[1:]} == {"survivor"}
    assert all(each["detail"].startswith("line ") for each in errors[1:])
    assert not Candidate.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ruleId": "vwap_reclaim"}, "ruleId"),
        ({"name": "Not a name"}, "name"),
        ({"name": "promote"}, "name"),
        ({"name": "ema_cross_long"}, "name"),
        ({"from": day_ms(FIRST)}, "from"),
        ({"to": day_ms(LAST)}, "to"),
        ({"from": THURSDAY, "to": WEDNESDAY}, "to"),
        ({"from": "soon"}, "from"),
        ({"from": WEDNESDAY, "to": WEDNESDAY + 3_600_000}, "from"),
        ({"notes": "n" * 501}, "notes"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_bad_wish_is_refused_by_its_field(
    user: User, run: Run, changes: dict[str, Any], field: str
) -> None:
    answer = ask(user, run, **changes)
    assert answer.status_code == 400, answer.content
    assert [each["attr"] for each in answer.json()["errors"]] == [field]


def test_somebody_elses_run_does_not_exist(run: Run) -> None:
    assert ask(trader(), run).status_code == 404


def test_a_run_without_a_result_is_a_conflict(user: User, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(status="queued", run_key=None)
    answer = ask(user, run)
    assert answer.status_code == 409
    assert "queued" in answer.json()["errors"][0]["detail"]


def test_a_run_whose_bars_have_changed_is_a_conflict(user: User, run: Run) -> None:
    store(make_bars(FIRST, LAST, seed=8), symbol=SYMBOL)
    answer = ask(user, run, **{"from": WEDNESDAY})
    assert answer.status_code == 409
    assert "changed" in answer.json()["errors"][0]["detail"]


def test_a_run_whose_result_was_pruned_is_a_conflict(user: User, run: Run) -> None:
    Result.objects.all().delete()
    TriggerPage.objects.all().delete()
    answer = ask(user, run, **{"from": WEDNESDAY})
    assert answer.status_code == 409
    assert "pruned" in answer.json()["errors"][0]["detail"]


def test_a_name_is_given_once_and_free_again_after_a_rejection(user: User, run: Run) -> None:
    taken = new_candidate(trader().pk, name="from_a_run")
    answer = ask(user, run, **{"from": WEDNESDAY})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unique"
    services.reject(candidate=taken, reviewer_id=user.pk, notes="Too like another.", as_of=NOW)
    assert ask(user, run, **{"from": WEDNESDAY}).status_code == 201


# --- Reading --------------------------------------------------------------------------------------


def test_the_corpus_is_read_with_the_last_run_of_each_case(user: User) -> None:
    new_candidate(trader().pk, name="of_somebody_else")
    own = new_candidate(user.pk)
    found = read(user, "/api/golden").json()
    assert {each["name"] for each in found["cases"]} == {p.stem for p in CASES.glob("*.json")}
    assert {each["lastRun"]["status"] for each in found["cases"]} == {"pass"}
    assert [each["name"] for each in found["candidates"]] == [own.name]
    assert found["cases"][0]["lastRun"]["engineVersion"] == found["engineVersion"]


def test_a_failing_candidate_shows_bar_expected_got_and_values(user: User) -> None:
    own = new_candidate(user.pk)
    document = json.loads(own.text)
    missing = document["expected"]["triggers"].pop()
    Candidate.objects.update(text=json.dumps(document))
    last = read(user, f"/api/golden/{own.name}").json()["lastRun"]
    assert last["status"] == "fail"
    assert {each["driver"] for each in last["differences"]} == {"step", "scan", "backtest"}
    first = last["differences"][0]
    assert (first["seq"], first["expected"]) == (missing["seq"], "silence")
    assert first["got"].startswith(missing["direction"])
    assert first["bar"] == next(row for row in document["bars"] if row[0] == first["ts"])
    assert {"close", "level", "atr", "vwap"} <= set(first["values"])


def test_the_download_is_the_file_byte_for_byte(user: User) -> None:
    answer = read(user, "/api/golden/ema_cross_tie?download=1")
    assert answer.content == (CASES / "ema_cross_tie.json").read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="ema_cross_tie.json"'
    own = new_candidate(user.pk)
    assert read(user, f"/api/golden/{own.name}?download=1").content.decode() == own.text
    assert read(user, "/api/golden/no_such_case?download=1").status_code == 404


# --- Review and writing ---------------------------------------------------------------------------


def review(candidate: Candidate, **form: str) -> Any:
    boss = User.objects.create_superuser("boss")
    client = Client()
    client.force_login(boss)
    return client.post(reverse("admin:golden_candidate_change", args=[candidate.pk]), form)


def test_an_accepted_candidate_is_written_into_the_corpus(user: User, tmp_path: Path) -> None:
    own = new_candidate(user.pk)
    answer = review(own, decision="accepted", source="Made by hand; no licence.", review_notes="")
    assert answer.status_code == 302
    own.refresh_from_db()
    assert (own.state, own.reviewer and own.reviewer.username) == (State.ACCEPTED, "boss")
    path = services.promote(name=own.name, as_of=NOW, folder=tmp_path)
    assert path.read_text() == own.text
    assert parse(json.loads(own.text)).source == "Made by hand; no licence."
    own.refresh_from_db()
    assert (own.state, own.promoted_at) == (State.PROMOTED, NOW)
    assert services.promote(name=own.name, as_of=NOW, folder=tmp_path) == path
    path.write_text("{}")
    with pytest.raises(services.ReviewError, match="rebless"):
        services.promote(name=own.name, as_of=NOW, folder=tmp_path)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"decision": "accepted"}, "Say where the bars come from"),
        ({"decision": "rejected"}, "Say why it is rejected"),
        ({}, "This field is required"),
    ],
)
def test_a_review_says_what_it_must(user: User, form: dict[str, str], told: str) -> None:
    own = new_candidate(user.pk)
    answer = review(own, source="", review_notes="", **form)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    own.refresh_from_db()
    assert own.state == State.PROPOSED


def test_a_candidate_is_reviewed_once(user: User) -> None:
    own = new_candidate(user.pk)
    services.reject(candidate=own, reviewer_id=user.pk, notes="No.", as_of=NOW)
    with pytest.raises(services.ReviewError, match="does not wait"):
        services.accept(candidate=own, reviewer_id=user.pk, source="s", notes="", as_of=NOW)
    assert review(own, decision="accepted", source="s", review_notes="").status_code == 403


def test_what_is_not_accepted_or_fails_is_not_written(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    own = new_candidate(user.pk)
    with pytest.raises(CommandError, match="no accepted candidate"):
        call_command("golden", "promote", own.name)
    services.accept(candidate=own, reviewer_id=user.pk, source="By hand.", notes="", as_of=NOW)
    document = json.loads(own.text)
    document["expected"]["triggers"].pop()
    Candidate.objects.update(text=json.dumps(document))
    with pytest.raises(services.ReviewError, match="fails now"):
        services.promote(name=own.name, as_of=NOW, folder=tmp_path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("CI", "1")
    with pytest.raises(CommandError, match="never in CI"):
        call_command("golden", "promote", own.name)
