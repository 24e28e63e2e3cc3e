"""Login, logout, password, tokens: who gets in, who is locked out, and what they are told."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from coach.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture
def trader() -> User:
    return User.objects.create_user("trader", password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    """A client whose requests are checked for CSRF, as a browser's are."""
    return Client(enforce_csrf_checks=True)


def post(client: Client, path: str, body: object, **headers: str) -> Any:
    """POST JSON with the CSRF token that the client's cookie holds."""
    cookie = client.cookies.get("csrftoken")
    token = {"X-CSRFToken": cookie.value} if cookie else {}
    return client.post(path, body, content_type="application/json", headers={**token, **headers})


def log_in(client: Client, username: str = "trader", password: str = PASSWORD, **kw: str) -> Any:
    client.get("/api/flags")
    return post(client, "/api/auth/login", {"username": username, "password": password}, **kw)


def error(response: Any) -> tuple[int, str, str | None]:
    """Status, code and field of the first error; fails on any other shape."""
    body = response.json()
    assert set(body) == {"type", "errors"}
    first = body["errors"][0]
    assert set(first) == {"code", "detail", "attr"}
    return response.status_code, first["code"], first["attr"]


def test_flags_give_the_cookie_that_login_needs(browser: Client, trader: User) -> None:
    answer = log_in(browser)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": trader.pk,
        "username": "trader",
        "isStaff": False,
        "loopbackOnly": False,
        "permissions": [],
    }
    assert browser.get("/api/me").json() == answer.json()


def test_login_without_the_csrf_token_is_refused(browser: Client, trader: User) -> None:
    answer = post(browser, "/api/auth/login", {"username": "trader", "password": PASSWORD})
    assert error(answer) == (403, "csrf_failed", None)
    assert browser.get("/api/me").status_code == 401


def test_a_session_needs_the_csrf_token_for_every_write(browser: Client, trader: User) -> None:
    log_in(browser)
    answer = browser.put("/api/settings", {}, content_type="application/json")
    assert error(answer) == (403, "permission_denied", None)
    logout = browser.post("/api/auth/logout", {}, content_type="application/json")
    assert error(logout) == (403, "permission_denied", None)


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({"password": "x"}, "username"),
        ({"username": "x"}, "password"),
        ({"username": "x" * 151, "password": "x"}, "username"),
        ({"username": "x", "password": "x" * 129}, "password"),
        ({"username": ["x"], "password": "x"}, "username"),
        ({"username": "tra\0der", "password": "x"}, "username"),
        ({"username": "x", "password": "x", "admin": True}, "admin"),
    ],
)
def test_what_is_wrong_with_a_login_is_named(browser: Client, body: object, attr: str) -> None:
    browser.get("/api/flags")
    status, _code, found = error(post(browser, "/api/auth/login", body))
    assert (status, found) == (400, attr)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b'"\\ud800"', b"[" * 5000, b"1" * 5000])
def test_a_body_that_is_no_login_is_refused(browser: Client, raw: bytes) -> None:
    browser.get("/api/flags")
    token = browser.cookies["csrftoken"].value
    answer = browser.generic(
        "POST", "/api/auth/login", raw, "application/json", headers={"X-CSRFToken": token}
    )
    assert error(answer)[0] == 400


def test_wrong_and_unknown_look_the_same(browser: Client, trader: User) -> None:
    wrong = log_in(browser, password="wrong")
    unknown = log_in(browser, username="nobody")
    assert wrong.json() == unknown.json()
    assert error(wrong) == (400, "invalid_credentials", None)


def test_an_inactive_user_stays_out(browser: Client, trader: User) -> None:
    trader.is_active = False
    trader.save()
    assert error(log_in(browser)) == (400, "invalid_credentials", None)


def test_five_failures_lock_this_name_from_this_address(browser: Client, trader: User) -> None:
    statuses = [log_in(browser, password="wrong").status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 400, 429]
    locked = log_in(browser)
    assert error(locked) == (429, "locked_out", None)
    assert int(locked["Retry-After"]) > 0
    User.objects.create_user("other", password=PASSWORD)
    assert log_in(Client(enforce_csrf_checks=True), username="other").status_code == 200


def test_four_failures_and_a_success_begin_anew(browser: Client, trader: User) -> None:
    for _ in range(4):
        log_in(browser, password="wrong")
    assert log_in(browser).status_code == 200
    assert log_in(Client(enforce_csrf_checks=True), password="wrong").status_code == 400


def test_logout_ends_the_session(browser: Client, trader: User) -> None:
    log_in(browser)
    assert post(browser, "/api/auth/logout", {}).status_code == 204
    assert error(browser.get("/api/me")) == (401, "not_authenticated", None)


def test_a_token_needs_no_cookie(trader: User) -> None:
    token = Token.objects.create(user=trader).key
    headers = {"Authorization": f"Token {token}"}
    assert Client().get("/api/me", headers=headers).json()["username"] == "trader"
    wrong = Client().get("/api/me", headers={"Authorization": "Token nope"})
    assert error(wrong)[0] == 401


def test_a_new_password_keeps_this_session_and_ends_the_others(
    browser: Client, trader: User
) -> None:
    other = Client(enforce_csrf_checks=True)
    log_in(browser)
    log_in(other)
    new = "another horse, another battery"
    body = {"currentPassword": PASSWORD, "newPassword": new}
    assert post(browser, "/api/auth/password", body).status_code == 204
    assert browser.get("/api/me").status_code == 200
    assert other.get("/api/me").status_code == 401
    assert log_in(other, password=new).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "attr"),
    [
        ("wrong", "another horse, another battery", "currentPassword"),
        (PASSWORD, "short", "newPassword"),
        (PASSWORD, "12345678901234", "newPassword"),
        (PASSWORD, "password", "newPassword"),
    ],
)
def test_a_bad_password_change_names_the_field(
    browser: Client, trader: User, current: str, new: str, attr: str
) -> None:
    log_in(browser)
    body = {"currentPassword": current, "newPassword": new}
    status, _code, found = error(post(browser, "/api/auth/password", body))
    assert (status, found) == (400, attr)
    trader.refresh_from_db()
    assert trader.check_password(PASSWORD)


class TestDemoUser:
    """loopback_only: nobody but this machine."""

    @pytest.fixture
    def demo(self) -> User:
        return User.objects.create_user("demo", password=PASSWORD, loopback_only=True)

    def test_from_this_machine(self, browser: Client, demo: User) -> None:
        assert log_in(browser, username="demo").status_code == 200
        assert browser.get("/api/me").status_code == 200

    @pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.2", "2001:db8::1", ""])
    def test_not_from_another(self, demo: User, address: str) -> None:
        browser = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
        assert error(log_in(browser, username="demo")) == (400, "invalid_credentials", None)

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
    def test_not_through_a_proxy(self, browser: Client, demo: User, header: str) -> None:
        answer = log_in(browser, username="demo", **{header: "127.0.0.1"})
        assert error(answer)[1] == "invalid_credentials"

    def test_a_session_or_token_carried_away_is_refused(self, browser: Client, demo: User) -> None:
        log_in(browser, username="demo")
        away = browser.get("/api/me", REMOTE_ADDR="192.0.2.7")
        assert error(away) == (401, "authentication_failed", None)
        token = Token.objects.create(user=demo).key
        away = Client(REMOTE_ADDR="192.0.2.7").get(
            "/api/me", headers={"Authorization": f"Token {token}"}
        )
        assert error(away)[0] == 401
