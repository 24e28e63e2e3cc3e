"""What a scrape says of the live processes holds also when they no longer run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from coach.live.tests.played import make_history
from coach.live.tests.test_status import NIGHT_MS, SILENT, say
from coach.signals.models import Outbox
from coach.signals.services import mark_published
from tests.liveprocess import LiveProcess
from tests.processes import wait_until


def scraped(client: Client, name: str) -> dict[str, float]:
    """The gauge's value of each shard; of one without shards under ""."""
    text = client.get("/metrics").content.decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = families[name].samples if name in families else []
    return {sample.labels.get("shard", ""): sample.value for sample in samples}


@pytest.mark.django_db
def test_the_age_of_each_shard_is_told_as_the_trader_sees_it(client: Client) -> None:
    now = time.time() * 1000
    say("0/2", bar_ms=now, heard_ms=now)
    say("1/2", bar_ms=now - 2 * SILENT, heard_ms=now - SILENT, ago_ms=SILENT)
    ages = scraped(client, "feed_age_ms")
    assert sorted(ages) == ["0/2", "1/2"]
    assert ages["0/2"] < SILENT <= ages["1/2"] < 2 * SILENT
    assert scraped(client, "live_leases") == {"": 1}


@pytest.mark.django_db
def test_a_closed_market_has_no_age(client: Client) -> None:
    now = time.time() * 1000
    say(bar_ms=now - SILENT, heard_ms=now - SILENT, market_ms=NIGHT_MS)
    assert scraped(client, "feed_age_ms") == {}


@pytest.mark.django_db
def test_announcements_that_wait_are_counted(client: Client) -> None:
    rows = [Outbox.objects.create(kind="metrics", payload={}) for _ in range(3)]
    assert scraped(client, "outbox_waiting") == {"": 3}
    mark_published([row.pk for row in rows])
    assert scraped(client, "outbox_waiting") == {"": 0}


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_the_age_of_a_killed_live_process_goes_on_growing(tmp_path: Path, client: Client) -> None:
    make_history(sessions=1, symbols=["SPY"])
    process = LiveProcess(tmp_path, "one", "--source", "replay", "--speed", "1")
    try:
        wait_until(lambda: bool(scraped(client, "feed_age_ms")), what="it is told", seconds=60)
    finally:
        process.kill()
    ages = [scraped(client, "feed_age_ms")["0/1"]]

    def grows() -> bool:
        ages.append(scraped(client, "feed_age_ms")["0/1"])
        return ages[-1] > ages[0]

    wait_until(grows, what="it grows")
    assert ages == sorted(ages)
