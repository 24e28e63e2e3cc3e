"""Flags as code asks them: off at first, for users and groups, now and as of a past moment."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import waffle
from django.contrib.auth.models import AnonymousUser, Group
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from coach.accounts.models import User
from coach.flags.ledger import use_clock
from coach.flags.models import Flag, FlagChange
from coach.flags.names import NAMES, UnknownFlagError
from coach.flags.services import active_users, flags_for, if_flag, is_active
from coach.market.selectors import market_now

pytestmark = pytest.mark.django_db
NAME = "enableTapePeek"
NOON = datetime(2024, 3, 11, 12, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("trader")


@pytest.fixture
def market_clock() -> Iterator[Any]:
    """A clock in 2024 that the test turns."""

    class Clock:
        now = NOON

    use_clock(lambda: Clock.now)
    yield Clock
    use_clock(market_now)


def flag() -> Flag:
    found: Flag = Flag.objects.get(name=NAME)
    return found


def last_change() -> FlagChange:
    """The newest row of the flag's ledger."""
    return FlagChange.objects.filter(name=NAME).latest("id")


def test_all_three_exist_and_are_off_for_everybody(user: User) -> None:
    boss = User.objects.create_superuser("boss")
    assert set(Flag.objects.values_list("name", flat=True)) == set(NAMES)
    for who in (user, boss, AnonymousUser()):
        assert flags_for(who) == dict.fromkeys(NAMES, False)


def test_a_name_that_is_no_flag_is_refused(user: User) -> None:
    with pytest.raises(UnknownFlagError, match="enableTapePeak"):
        is_active("enableTapePeak", user_id=user.pk)
    with pytest.raises(UnknownFlagError):
        if_flag("nope", lambda: 1, lambda: 2, user=user)


def test_for_one_user(user: User) -> None:
    flag().users.add(user)
    other = User.objects.create_user("other")
    assert flags_for(user)[NAME]
    assert not flags_for(other)[NAME]
    assert active_users(NAME, [user.pk, other.pk]) == {user.pk}
    flag().users.clear()
    assert not is_active(NAME, user_id=user.pk)


def test_for_a_group_as_it_is_now(user: User) -> None:
    group = Group.objects.create(name="pilots")
    flag().groups.add(group)
    assert not is_active(NAME, user_id=user.pk)
    user.groups.add(group)
    assert is_active(NAME, user_id=user.pk)
    assert flags_for(user)[NAME]


def test_membership_given_from_the_users_side_counts(user: User) -> None:
    user.flag_set.add(flag())
    assert is_active(NAME, user_id=user.pk)
    assert last_change().rule["users"] == [user.pk]


def test_if_flag_calls_one_side_only(user: User) -> None:
    def never() -> str:
        raise AssertionError("the other side was called")

    assert if_flag(NAME, never, lambda: "old", user=user) == "old"
    flag().users.add(user)
    assert if_flag(NAME, lambda: "new", never, user=user) == "new"
    assert if_flag(NAME, lambda: "new", never, user=user.pk) == "new"
    assert if_flag(NAME, never, lambda: "old", user=AnonymousUser()) == "old"


def test_waffles_own_question_has_the_same_answer(user: User) -> None:
    request = RequestFactory().get("/")
    request.user = user
    assert not waffle.flag_is_active(request, NAME)
    Flag.objects.get(name=NAME).users.add(user)
    waffle.get_waffle_flag_model().get(NAME).flush()  # waffle's copy goes at commit
    assert waffle.flag_is_active(request, NAME)
    assert not waffle.flag_is_active(request, "no such flag")


def test_as_of_a_past_moment(user: User, market_clock: Any) -> None:
    flag().users.add(user)
    market_clock.now += timedelta(hours=1)
    switch = flag()
    switch.everyone = False
    switch.save()

    def at(moment: datetime) -> bool:
        return is_active(NAME, user_id=user.pk, as_of=moment)

    assert not at(NOON - timedelta(microseconds=1))
    assert at(NOON)
    assert at(NOON + timedelta(minutes=59))
    assert not at(NOON + timedelta(hours=1))
    assert not is_active(NAME, user_id=user.pk)


def test_a_replay_that_starts_again_reads_what_was_written_last(
    user: User, market_clock: Any
) -> None:
    flag().users.add(user)
    market_clock.now = NOON + timedelta(hours=2)
    flag().users.clear()
    market_clock.now = NOON - timedelta(hours=1)
    flag().users.add(user)
    assert is_active(NAME, user_id=user.pk, as_of=NOON + timedelta(hours=3))


def test_saving_without_a_change_writes_no_ledger_row() -> None:
    before = FlagChange.objects.count()
    flag().save()
    assert FlagChange.objects.count() == before


def test_a_flag_deleted_is_off_and_reported(user: User) -> None:
    flag().users.add(user)
    flag().delete()
    assert not is_active(NAME, user_id=user.pk)
    assert last_change().rule["users"] == []
    Flag.objects.create(name="left-over")
    found = {message.id: message.msg for message in run_checks(databases=["default"])}
    assert NAME in found["flags.E001"]
    assert "left-over" in found["flags.W001"]


def test_migrate_brings_a_missing_flag_back() -> None:
    flag().delete()
    call_command("migrate", "flags", verbosity=0)
    assert flag().superusers is False


def test_waffles_command_writes_the_ledger(user: User) -> None:
    call_command("waffle_flag", NAME, user=[user.username])
    assert is_active(NAME, user_id=user.pk)
    assert FlagChange.objects.filter(name=NAME).count() >= 1


def test_who_changes_a_flag_he_read_earlier_keeps_what_another_changed_since(user: User) -> None:
    mine, theirs = flag(), flag()
    theirs.percent = 20
    theirs.save()
    mine.users.add(user)
    assert last_change().rule["percent"] == 20
    assert is_active(NAME, user_id=user.pk)


def test_many_users_cost_no_more_queries_than_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    group = Group.objects.create(name="pilots")
    flag().groups.add(group)
    users = [User.objects.create_user(f"u{i}") for i in range(20)]
    for one in users[::2]:
        one.groups.add(group)
    with django_assert_max_num_queries(9):  # the rules, and who the users are
        found = active_users(NAME, [one.pk for one in users])
    assert found == {one.pk for one in users[::2]}
