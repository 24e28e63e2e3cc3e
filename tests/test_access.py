"""Who may do what: every route of the URLconf against nobody, its owner, another user, an admin.

A route that MATRIX does not name fails: a new endpoint says here who may use it, and an id that
belongs to somebody says how to make one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from backtest.services import save_preset
from backtest.tests.stored import finished_run
from coach.accounts.models import User
from coach.delivery.models import Destination
from coach.flags.models import Flag
from coach.signals.selectors import decision_about
from coach.signals.services import record_moment
from coach.signals.tests.factories import fired_signal, new_decision, trader
from golden.tests.factories import new_candidate

pytestmark = pytest.mark.django_db
AWAY = "192.0.2.7"
# Answer in YAML and HTML, refusals too.
DOCUMENTS = {"api/schema/", "api/docs/"}
SAFE = ("get",)
UNSAFE = ("post", "put", "patch", "delete")


class Access(Enum):
    """Who may use a route."""

    ANYBODY = "nobody needs to be logged in"
    USER = "any user, about himself or about what belongs to nobody"
    OWNER = "the user to whom the id in the path belongs; for all others it does not exist"
    OPERATOR = "a user with accounts.view_metrics, or this machine"
    STAFF = "staff"
    ADMIN = "the admin site: staff"


Make = Callable[[User], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """A classified route; `make` creates what its path names and returns the path's arguments."""

    access: Access
    make: Make = lambda _user: {}


def signal_of(user: User) -> str:
    """Something fired and was decided for the user; the signal's id."""
    fired = fired_signal()
    with transaction.atomic():
        recorded = record_moment(fired=[fired], decisions=[new_decision(user.pk, fired.key)])
    return recorded.signal_ids[fired.key]


def alert(user: User) -> dict[str, Any]:
    decision = decision_about(user.pk, signal_of(user))
    assert decision is not None
    for name in ("enableTapePeek",):
        flag = Flag.objects.get(name=name)
        flag.everyone = True
        flag.save()
    return {"alert_id": decision.id}


def label(user: User) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    body = {"signalId": signal_of(user), "label": "good"}
    answer = client.post("/api/feedback", body, content_type="application/json")
    return {"feedback_id": answer.json()["id"]}


def run(user: User) -> dict[str, Any]:
    return {"run_id": finished_run(user.pk).pk}


def candidate(user: User) -> dict[str, Any]:
    return {"name": new_candidate(user.pk).name}


def preset(user: User) -> dict[str, Any]:
    kept = save_preset(user_id=user.pk, name="mine", description="", request={})
    return {"preset_id": kept.pk}


def trade(user: User) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    body = {"signalId": signal_of(user), "quantity": 10, "entryTime": "2025-03-03T14:31:00Z"}
    answer = client.post("/api/journal/trades", body, content_type="application/json")
    return {"trade_id": answer.json()["id"]}


def destination(user: User) -> dict[str, Any]:
    made = Destination.objects.create(user=user, name="mine", kind="webhook", url="", shown_url="")
    return {"destination_id": made.pk}


MATRIX: dict[str, Route] = {
    "api/schema/": Route(Access.USER),
    "api/docs/": Route(Access.USER),
    "api/flags": Route(Access.ANYBODY),
    "api/auth/login": Route(Access.ANYBODY),
    "api/auth/logout": Route(Access.USER),
    "api/auth/password": Route(Access.USER),
    "api/me": Route(Access.USER),
    "api/settings": Route(Access.USER),
    "api/watchlist": Route(Access.USER),
    "api/rules": Route(Access.USER),
    "api/rules/settings": Route(Access.USER),
    "api/rules/<slug:rule_id>/settings": Route(Access.USER, lambda _: {"rule_id": "ema_cross"}),
    "api/rules/metrics": Route(Access.USER),
    "api/rules/scores": Route(Access.USER),
    "api/rules/calibration": Route(Access.USER),
    "api/rules/review": Route(Access.USER),
    "api/rules/rollup": Route(Access.STAFF),
    "api/symbols": Route(Access.USER),
    "api/bars": Route(Access.USER),
    "api/replay": Route(Access.USER),
    "api/risk/preview": Route(Access.USER),
    "api/risk/policy": Route(Access.USER),
    "api/risk/lock": Route(Access.USER),
    "api/delivery/destinations": Route(Access.USER),
    "api/delivery/destinations/<slug:destination_id>": Route(Access.OWNER, destination),
    "api/delivery/destinations/<slug:destination_id>/test": Route(Access.OWNER, destination),
    "api/alerts": Route(Access.USER),
    "api/alerts/<slug:alert_id>/tape": Route(Access.OWNER, alert),
    "api/feedback": Route(Access.USER),
    "api/feedback/<uuid:feedback_id>": Route(Access.OWNER, label),
    "api/journal/import": Route(Access.USER),
    "api/journal/stats": Route(Access.USER),
    "api/journal/trades": Route(Access.USER),
    "api/journal/trades/<uuid:trade_id>": Route(Access.OWNER, trade),
    "api/parity": Route(Access.USER),
    "api/parity/run": Route(Access.USER),
    "api/backtest/run": Route(Access.USER),
    "api/backtest/sweep": Route(Access.USER),
    "api/backtest/runs": Route(Access.USER),
    "api/backtest/runs/<slug:run_id>": Route(Access.OWNER, run),
    "api/backtest/runs/<slug:run_id>/triggers": Route(Access.OWNER, run),
    "api/backtest/runs/<slug:run_id>/export": Route(Access.OWNER, run),
    "api/backtest/presets": Route(Access.USER),
    "api/backtest/presets/<slug:preset_id>": Route(Access.OWNER, preset),
    "api/golden": Route(Access.USER),
    "api/golden/promote": Route(Access.USER),
    "api/golden/<slug:name>": Route(Access.OWNER, candidate),
    "api/metrics/rtt": Route(Access.USER),
    "slo": Route(Access.USER),
    "slo/series": Route(Access.USER),
    "metrics": Route(Access.OPERATOR),
    "healthz": Route(Access.ANYBODY),
    "readyz": Route(Access.ANYBODY),
    "client": Route(Access.ANYBODY),
}


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every route under the name that MATRIX has for it; the client's page is `client`."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield "client" if pattern.name == "client" else path, pattern


def methods(pattern: URLPattern) -> list[str]:
    """The methods that a view has; a plain function is asked with GET."""
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    return [
        name for name in (*SAFE, *UNSAFE) if (view is None and name == "get") or hasattr(view, name)
    ]


def cases(*wanted: Access) -> list[Any]:
    """(path, pattern, method) of the routes with this access, as parameters of a test."""
    return [
        pytest.param(path, pattern, method, id=f"{method} {path}")
        for path, pattern in routes()
        if path in MATRIX and MATRIX[path].access in wanted
        for method in methods(pattern)
    ]


def address(path: str, pattern: URLPattern, user: User) -> str:
    """The path with its arguments made for this user."""
    if path == "client":
        return "/"
    arguments = MATRIX[path].make(user)
    for converter in ("slug", "uuid", "str", "int", "path"):
        for name, value in arguments.items():
            path = path.replace(f"<{converter}:{name}>", str(value))
    assert "<" not in path, f"MATRIX makes no argument for {path}"
    return "/" + path


def ask(client: Client, method: str, path: str, **extra: Any) -> Any:
    """A request with an empty JSON body where the method has one."""
    body = {} if method == "get" else {"data": {}, "content_type": "application/json"}
    return getattr(client, method)(path, **body, **extra)


def as_user(user: User, **options: Any) -> Client:
    """A browser in which the user is logged in."""
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def alone(settings: Settings) -> None:
    """The embedded default, whatever the database: one user has the machine, and its clock."""
    settings.ENV = settings.ENV.model_copy(update={"DATABASE_URL": "", "REDIS_URL": ""})


def test_the_clock_that_others_share_is_turned_by_staff(settings: Settings) -> None:
    settings.ENV = settings.ENV.model_copy(update={"DATABASE_URL": "postgres://db/coach"})
    body: dict[str, Any] = {
        "data": {"action": "pause"},
        "content_type": "application/json",
    }
    refused = as_user(trader()).post("/api/replay", **body)
    assert refused.status_code == 403
    assert "staff" in refused.json()["errors"][0]["detail"]
    nobody_runs = as_user(trader(is_staff=True))
    nobody_runs.raise_request_exception = False
    assert nobody_runs.post("/api/replay", **body).status_code == 503


def test_every_route_is_classified() -> None:
    found = {path for path, _pattern in routes() if not path.startswith("admin/")}
    assert found - MATRIX.keys() == set(), "say in MATRIX who may use these routes"
    assert MATRIX.keys() - found == set(), "MATRIX names routes that are gone"


@pytest.mark.parametrize(
    ("path", "pattern", "method"),
    cases(Access.USER, Access.OWNER, Access.OPERATOR, Access.STAFF),
)
def test_nobody_is_told_to_log_in(path: str, pattern: URLPattern, method: str) -> None:
    answer = ask(Client(REMOTE_ADDR=AWAY), method, address(path, pattern, trader()))
    assert answer.status_code == 401
    if path not in DOCUMENTS:
        assert set(answer.json()) == {"type", "errors"}


@pytest.mark.parametrize(("path", "pattern", "method"), cases(Access.ANYBODY))
def test_what_is_for_anybody_asks_for_no_login(path: str, pattern: URLPattern, method: str) -> None:
    answer = ask(Client(REMOTE_ADDR=AWAY), method, address(path, pattern, trader()))
    assert answer.status_code not in {401, 403, 404, 405}


@pytest.mark.parametrize(("path", "pattern", "method"), cases(Access.USER, Access.OWNER))
def test_its_user_is_let_in(path: str, pattern: URLPattern, method: str) -> None:
    user = trader()
    answer = ask(as_user(user), method, address(path, pattern, user))
    assert answer.status_code < 500
    assert answer.status_code not in {401, 403, 404, 405}, answer.content


@pytest.mark.parametrize(("path", "pattern", "method"), cases(Access.OWNER))
def test_for_everybody_else_it_does_not_exist(path: str, pattern: URLPattern, method: str) -> None:
    owner = trader()
    owned = address(path, pattern, owner)
    boss = User.objects.create_superuser("boss")
    for other in (trader(), boss):
        assert ask(as_user(other), method, owned).status_code == 404
    assert ask(as_user(owner), method, owned).status_code < 400


@pytest.mark.parametrize(
    ("path", "pattern", "method"),
    [case for case in cases(Access.USER, Access.OWNER, Access.STAFF) if case.values[2] in UNSAFE],
)
def test_a_session_writes_nothing_without_the_csrf_token(
    path: str, pattern: URLPattern, method: str
) -> None:
    user = trader()
    where = address(path, pattern, user)
    answer = ask(as_user(user, enforce_csrf_checks=True), method, where)
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(("path", "pattern", "method"), cases(Access.STAFF))
def test_what_is_for_staff(path: str, pattern: URLPattern, method: str) -> None:
    where = address(path, pattern, trader())
    assert ask(as_user(trader()), method, where).status_code == 403
    assert ask(as_user(trader(is_staff=True)), method, where).status_code == 200


@pytest.mark.parametrize(("path", "pattern", "method"), cases(Access.OPERATOR))
def test_what_is_for_operators(path: str, pattern: URLPattern, method: str) -> None:
    where = address(path, pattern, trader())
    boss = User.objects.create_superuser("boss")
    assert ask(as_user(trader(), REMOTE_ADDR=AWAY), method, where).status_code == 403
    assert ask(as_user(boss, REMOTE_ADDR=AWAY), method, where).status_code == 200
    assert ask(Client(), method, where).status_code == 200
    proxied = ask(Client(), method, where, headers={"X-Forwarded-For": "127.0.0.1"})
    assert proxied.status_code == 401


def admin_pages() -> list[str]:
    """The index and the list of every model in the admin."""
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    return [reverse("admin:index"), *sorted(lists)]


@pytest.mark.parametrize("page", admin_pages())
def test_the_admin_is_for_staff(page: str) -> None:
    boss = User.objects.create_superuser("boss")
    for client in (Client(), as_user(trader())):
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
    assert as_user(boss).get(page).status_code == 200


@pytest.mark.parametrize("page", admin_pages()[1:])
def test_staff_sees_what_it_was_given(page: str) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    assert as_user(clerk).get(page).status_code == 403
