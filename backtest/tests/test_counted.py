"""How many runs ended, and how long they took: once each, when it is committed."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backtest import services
from backtest.leases import MAX_ATTEMPTS
from backtest.models import Run, Status
from backtest.tests.stored import finished_run, run_request
from coach.signals.tests.factories import trader
from observability.scrape import exposition

pytestmark = pytest.mark.django_db(transaction=True)


def counted() -> dict[str, float]:
    """Runs ended by status, and under "took" those whose time was taken."""
    found = dict.fromkeys([*Status.values, "took"], 0.0)
    for family in text_string_to_metric_families(exposition().decode()):
        for sample in family.samples:
            if sample.name == "backtest_runs_total":
                found[sample.labels["status"]] = sample.value
            elif sample.name == "backtest_run_ms_count":
                found["took"] = sample.value
    return found


def test_every_end_of_a_run_is_counted_once() -> None:
    user = trader().pk
    before = counted()
    services.work_on_run(finished_run(user).pk)  # done already
    cancelled = services.create_run(user_id=user, request=run_request())
    assert services.cancel_run(run=cancelled)
    assert not services.cancel_run(run=cancelled)
    failed = services.create_run(user_id=user, request=run_request(symbol="NONE"))
    services.work_on_run(failed.pk)
    given_up = services.create_run(user_id=user, request=run_request(symbol="NONE"))
    Run.objects.filter(pk=given_up.pk).update(attempts=MAX_ATTEMPTS, sent_at=None)
    services.relieve()
    after = counted()
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert moved == {"done": 1, "cancelled": 1, "failed": 2, "took": 1}
