"""The check of `make chaos` counts labels that the product loses or doubles, and those alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from rest_framework.authtoken.models import Token

from benchmarks.chaos import truth
from benchmarks.chaos.witnesses import Witnesses
from coach.accounts.models import User
from coach.signals.tests.factories import trader
from feedback.tests.factories import decided, label
from tests.webserver import WebServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


class Rests(threading.Event):
    """A rest that has been asked about so often: what each look sees, then rest for ever."""

    def __init__(self, looks: Sequence[bool]) -> None:
        super().__init__()
        self._looks = iter(looks)

    def is_set(self) -> bool:
        return next(self._looks, True)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(tmp_path, redis_url=settings.REDIS_URL)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def user() -> User:
    user = trader()
    decided(user.pk)
    return user


def labelled(web: WebServer, user: User, looks: Sequence[bool]) -> Witnesses:
    """A witness who gave a label at each look at which the trader did not rest."""
    headers = {"Authorization": f"Token {Token.objects.create(user=user).key}"}
    witnesses = Witnesses(web.url, headers)
    witnesses.screens[0].alerts[1] = "seen"
    witnesses.resting = Rests(looks)

    async def until_given() -> None:
        task = asyncio.create_task(witnesses._label_for_ever())
        while len(witnesses.labels) < looks.count(False):
            await asyncio.wait({task}, timeout=0.05)
            assert not task.done()
        task.cancel()

    asyncio.run(asyncio.wait_for(until_given(), 60))
    return witnesses


def test_after_a_rest_on_the_same_alert_no_label_is_asked_for_again(
    web: WebServer, user: User
) -> None:
    witnesses = labelled(web, user, [False, True, True, True, False])
    tally = truth._labels(witnesses)
    assert (tally.count, tally.lost, tally.twice) == (2, 0, 0), tally.examples


def test_what_is_lost_or_there_twice_is_told(web: WebServer, user: User) -> None:
    witnesses = labelled(web, user, [False, False, False])
    tally = truth._labels(witnesses)
    assert (tally.count, tally.lost, tally.twice) == (3, 0, 0), tally.examples
    given = dict(witnesses.labels)
    first, second, third = given

    witnesses.labels[second] = given[first]
    tally = truth._labels(witnesses)
    assert (tally.lost, tally.twice) == (1, 1), "one row for two keys, and not as the other asked"

    witnesses.labels = given | {third: str(uuid4())}
    tally = truth._labels(witnesses)
    assert (tally.lost, tally.twice) == (1, 0), "acknowledged, and no row"

    witnesses.labels = given
    label(user.pk, witnesses.asked[first].signal_id, "good", idempotency_key="another's")
    tally = truth._labels(witnesses)
    assert (tally.count, tally.lost, tally.twice) == (4, 0, 1), "a row that no key asked for"
