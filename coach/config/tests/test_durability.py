"""What may be lost does not wait for the disk; everything else does."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from coach.durability import may_be_lost
from coach.signals.models import Outbox
from coach.signals.selectors import waiting_announcements
from coach.signals.services import mark_published

pytestmark = pytest.mark.django_db(transaction=True)


def waits_for_the_disk() -> bool:
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")
        return bool(cursor.fetchone()[0] == (2 if sqlite else "on"))


def test_only_what_may_be_lost_does_not_wait() -> None:
    assert waits_for_the_disk()
    with may_be_lost():
        assert not waits_for_the_disk()
    assert waits_for_the_disk()


def test_after_a_failure_as_before() -> None:
    with pytest.raises(DatabaseError), may_be_lost(), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")
    assert waits_for_the_disk()


def test_a_callers_transaction_stays_what_it_was() -> None:
    with transaction.atomic(), may_be_lost():
        assert waits_for_the_disk()


def test_a_published_row_is_marked_and_the_next_commit_is_durable() -> None:
    row = Outbox.objects.create(kind="run", payload={})
    assert [one.id for one in waiting_announcements()] == [row.pk]
    mark_published([row.pk])
    assert waiting_announcements() == []
    assert waits_for_the_disk()
