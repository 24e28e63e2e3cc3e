"""One process at a time may write for a shard, and one that slept too long writes nothing."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from coach.config.databases import postgresql
from coach.live import lease
from coach.live.holders import own_name
from coach.live.lease import Keeper, LeaseLostError, acquire, fence, holder_of, release
from coach.live.models import Cursor, Lease


def expire(shard: str = "0/1") -> None:
    """Let the lease be as old as if its holder had slept."""
    Lease.objects.filter(shard=shard).update(
        expires_at=F("expires_at") - lease.EXPIRY - timedelta(seconds=1)
    )


@pytest.mark.django_db
def test_the_second_waits_while_the_first_holds_it() -> None:
    first = acquire(shard="0/1", holder="first")
    assert first is not None
    assert acquire(shard="0/1", holder="second") is None
    assert holder_of("0/1") == "first"
    fence(first)


@pytest.mark.django_db
def test_an_expired_lease_goes_to_the_next_with_a_greater_token() -> None:
    first = acquire(shard="0/1", holder="first")
    expire()
    assert holder_of("0/1") is None
    second = acquire(shard="0/1", holder="second")
    assert first is not None
    assert second is not None
    assert second.token > first.token
    assert holder_of("0/1") == "second"


@pytest.mark.django_db
def test_a_released_lease_is_free_at_once() -> None:
    first = acquire(shard="0/1", holder="first")
    assert first is not None
    release(first)
    assert acquire(shard="0/1", holder="second") is not None


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel")
@pytest.mark.django_db
def test_the_lease_of_a_process_that_has_ended_is_free_at_once() -> None:
    ask = "import sys, coach.live.holders as it; print(it.own_name()); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        name = process.stdout.readline().strip()
        first = acquire(shard="0/1", holder=name)
        assert first is not None
        assert acquire(shard="0/1", holder=own_name()) is None
        process.kill()
    second = acquire(shard="0/1", holder=own_name())
    assert second is not None
    assert second.token > first.token
    with pytest.raises(LeaseLostError):
        fence(first)


@pytest.mark.django_db
def test_of_a_process_elsewhere_nobody_knows_whether_it_has_ended() -> None:
    here, _, _ = own_name().rpartition(":")
    assert acquire(shard="0/1", holder=f"{here}elsewhere:1999999999") is not None
    assert acquire(shard="0/1", holder=own_name()) is None


@pytest.mark.django_db
def test_shards_are_held_apart() -> None:
    assert acquire(shard="0/2", holder="first") is not None
    assert acquire(shard="1/2", holder="second") is not None


@pytest.mark.django_db(transaction=True)
def test_a_holder_that_slept_too_long_writes_nothing() -> None:
    first = acquire(shard="0/1", holder="first")
    assert first is not None
    expire()
    second = acquire(shard="0/1", holder="second")

    @transaction.atomic
    def write() -> None:
        Cursor.objects.create(shard="0/1", source="replay", market_ms=1)
        fence(first)

    with pytest.raises(LeaseLostError, match="superseded"):
        write()
    assert not Cursor.objects.exists()
    release(first)  # of what it no longer has
    assert holder_of("0/1") == "second"
    assert second is not None
    fence(second)


@pytest.mark.django_db(transaction=True)
def test_the_fence_renews() -> None:
    first = acquire(shard="0/1", holder="first")
    assert first is not None
    expire()
    fence(first)  # expired, but nobody took it
    assert acquire(shard="0/1", holder="second") is None


@pytest.mark.django_db(transaction=True)
def test_a_keeper_renews_no_more_often_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(lease, "monotonic", lambda: now)
    first = acquire(shard="0/1", holder="first")
    assert first is not None
    keep = Keeper(first)
    expire()
    keep()
    assert holder_of("0/1") is None
    now += lease.RENEW_SECONDS
    keep()
    assert holder_of("0/1") == "first"
    expire()
    keep()
    assert holder_of("0/1") is None
    acquire(shard="0/1", holder="second")
    now += lease.RENEW_SECONDS
    with pytest.raises(LeaseLostError):
        keep()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_it() -> None:
    def take(name: int) -> bool:
        try:
            return acquire(shard="0/1", holder=str(name)) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1
    expire()
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


@pytest.mark.django_db(transaction=True)
def test_a_holder_frozen_in_the_middle_of_a_commit_keeps_nobody_out() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a frozen writer of SQLite holds the file's lock; PostgreSQL ends its session")
    first = acquire(shard="0/1", holder="first")
    assert first is not None
    expire()
    frozen = connection.copy()
    frozen.settings_dict["OPTIONS"] = postgresql(settings.ENV.DATABASE_URL, idle_seconds=1)[
        "OPTIONS"
    ]
    frozen.set_autocommit(autocommit=False)
    try:
        with frozen.cursor() as cursor:
            cursor.execute("UPDATE live_lease SET expires_at = expires_at WHERE shard = '0/1'")
        second = acquire(shard="0/1", holder="second")  # waits for the row's lock
        assert second is not None
        assert second.token > first.token
        with pytest.raises(DatabaseError), frozen.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        frozen.close()
