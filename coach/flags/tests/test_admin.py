"""Flags in the admin: switched for users, groups and percentages, every change kept."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from coach.accounts.models import User
from coach.flags.models import Flag, FlagChange
from coach.flags.services import is_active

pytestmark = pytest.mark.django_db
NAME = "enableExplainV2"


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def page() -> str:
    return f"/admin/flags/flag/{Flag.objects.get(name=NAME).pk}/change/"


def test_users_groups_and_percent_are_saved_and_written_down(browser: Client) -> None:
    user, group = User.objects.create_user("trader"), Group.objects.create(name="pilots")
    before = FlagChange.objects.count()
    change = {"everyone": "unknown", "percent": "12.5", "users": [user.pk], "groups": [group.pk]}
    assert browser.post(page(), change).status_code == 302
    assert is_active(NAME, user_id=user.pk)
    assert FlagChange.objects.count() > before
    rule = FlagChange.objects.filter(name=NAME).latest("id").rule
    assert (rule["percent"], rule["users"], rule["groups"]) == (12.5, [user.pk], [group.pk])
    assert rule["superusers"] is False
    assert browser.post(page(), {"everyone": "unknown"}).status_code == 302
    assert not is_active(NAME, user_id=user.pk)


@pytest.mark.parametrize("percent", ["-1", "100", "12.34", "many"])
def test_a_percentage_out_of_bounds_is_refused(browser: Client, percent: str) -> None:
    answer = browser.post(page(), {"everyone": "unknown", "percent": percent})
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert Flag.objects.get(name=NAME).percent is None


def test_flags_are_neither_made_nor_deleted_and_the_ledger_is_not_edited(browser: Client) -> None:
    assert browser.get("/admin/flags/flag/add/").status_code == 403
    assert browser.post(page().replace("change", "delete")).status_code == 403
    Flag.objects.get(name=NAME).users.add(User.objects.create_user("trader"))
    change = FlagChange.objects.latest("id")
    where = f"/admin/flags/flagchange/{change.pk}/change/"
    assert browser.get(where).status_code == 200
    assert browser.post(where, {"name": "x"}).status_code == 403


def test_only_our_own_kinds_of_flags_are_there(browser: Client) -> None:
    index = browser.get("/admin/").content
    assert b"/admin/flags/flag/" in index
    assert b"/admin/waffle/" not in index
