"""The rule decides the same for the same person, everywhere and always."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.flags.rule import ANONYMOUS, OFF, Person, Rule, bucket, decide

TRADER = Person(id="01TRADER")
ADMIN = Person(id="01ADMIN", is_staff=True, is_superuser=True)
people = st.builds(
    Person,
    id=st.text(min_size=1, max_size=26),
    is_staff=st.booleans(),
    is_superuser=st.booleans(),
    groups=st.frozensets(st.integers(1, 5)),
)
rules = st.builds(
    Rule,
    everyone=st.sampled_from([None, True, False]),
    percent=st.floats(0, 100),
    superusers=st.booleans(),
    staff=st.booleans(),
    authenticated=st.booleans(),
    users=st.frozensets(st.text(max_size=26)),
    groups=st.frozensets(st.integers(1, 5)),
)


@given(people)
def test_off_by_default_for_everybody(person: Person) -> None:
    assert not decide(OFF, "f", person)


@given(rules)
def test_the_ledger_gives_back_the_rule(rule: Rule) -> None:
    assert Rule.from_json(rule.as_json()) == rule


@given(rules, people, st.booleans())
def test_everyone_overrides_all_else(rule: Rule, person: Person, everyone: bool) -> None:  # noqa: FBT001
    assert decide(replace(rule, everyone=everyone), "f", person) is everyone


@given(rules)
def test_nobody_in_particular_gets_only_what_everyone_gets(rule: Rule) -> None:
    assert decide(rule, "f", ANONYMOUS) is bool(rule.everyone)


@pytest.mark.parametrize(
    ("rule", "on", "off"),
    [
        (Rule(staff=True), ADMIN, TRADER),
        (Rule(superusers=True), ADMIN, TRADER),
        (Rule(authenticated=True), TRADER, ANONYMOUS),
        (Rule(users=frozenset({"01TRADER"})), TRADER, ADMIN),
        (Rule(groups=frozenset({7})), replace(TRADER, groups=frozenset({7, 8})), TRADER),
    ],
)
def test_each_part_switches_it_on(rule: Rule, on: Person, off: Person) -> None:
    assert decide(rule, "f", on)
    assert not decide(rule, "f", off)


def test_percentages_are_stable_nested_and_about_right() -> None:
    users = [Person(id=f"user-{i}") for i in range(4000)]

    def chosen(percent: float) -> set[str | None]:
        return {u.id for u in users if decide(Rule(percent=percent), "f", u)}

    assert chosen(0) == set()
    assert chosen(10) < chosen(25) < chosen(99.9)
    # 4000 draws at 25 %: four standard deviations are 110.
    assert abs(len(chosen(25)) - 1000) < 110


def test_flags_draw_their_users_apart() -> None:
    """Half of the users of one flag's half are in the other's half: no user gets every novelty."""
    users = [f"user-{i}" for i in range(4000)]
    one = {u for u in users if bucket("one", u) < 50}
    two = {u for u in users if bucket("two", u) < 50}
    assert abs(len(one & two) - 1000) < 110


def test_a_users_place_never_changes() -> None:
    """A literal: another hash would move every user of every percentage."""
    assert bucket("enableExplainV2", "01J0000000000000000000000A") == pytest.approx(
        42.763798824055655
    )
