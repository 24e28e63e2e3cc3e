"""The admin: a second factor for who has one, users with text keys, nothing for the demo user."""

from typing import Any

import pytest
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from coach.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss", password=PASSWORD)


@pytest.fixture
def device(boss: User) -> TOTPDevice:
    made: TOTPDevice = TOTPDevice.objects.create(user=boss, name="phone", confirmed=True)
    return made


def log_in(client: Client, **fields: str) -> Any:
    body = {"username": "boss", "password": PASSWORD, **fields}
    return client.post("/admin/login/?next=/admin/", body)


def token_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key, step=device.step, digits=device.digits):06d}"


def test_without_a_device_the_password_is_enough(boss: User) -> None:
    client = Client()
    assert log_in(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_an_unconfirmed_device_asks_for_nothing(boss: User) -> None:
    TOTPDevice.objects.create(user=boss, name="phone", confirmed=False)
    assert log_in(Client()).status_code == 302


def test_with_a_device_the_token_is_needed(boss: User, device: TOTPDevice) -> None:
    client = Client()
    asked = log_in(client)
    assert asked.status_code == 200
    assert b"otp_token" in asked.content
    assert log_in(client, otp_token="000000", otp_device=device.persistent_id).status_code == 200
    assert client.get("/admin/").status_code == 302
    device.refresh_from_db()
    device.throttle_reset()
    chosen = device.persistent_id
    assert log_in(client, otp_token=token_of(device), otp_device=chosen).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_login_through_the_api_does_not_open_the_admin(boss: User, device: TOTPDevice) -> None:
    client = Client()
    body = {"username": "boss", "password": PASSWORD}
    assert client.post("/api/auth/login", body, content_type="application/json").status_code == 200
    assert client.get("/api/me").status_code == 200
    assert client.get("/admin/").status_code == 302


def test_somebody_elses_device_is_not_enough(boss: User, device: TOTPDevice) -> None:
    other = TOTPDevice.objects.create(user=User.objects.create_user("other"), name="phone")
    answer = log_in(Client(), otp_token=token_of(other), otp_device=other.persistent_id)
    assert answer.status_code == 200


def test_five_failures_lock_the_admin_too(boss: User) -> None:
    client = Client()
    statuses = [log_in(client, password="wrong").status_code for _ in range(5)]
    assert statuses[-1] == 429
    assert log_in(client).status_code == 429


def test_the_demo_user_as_staff_stays_on_this_machine() -> None:
    User.objects.create_superuser("demo", password=PASSWORD, loopback_only=True)
    client = Client()
    assert log_in(client, username="demo").status_code == 302
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/", REMOTE_ADDR="192.0.2.7").status_code == 302
    away = Client(REMOTE_ADDR="192.0.2.7")
    assert log_in(away, username="demo").status_code == 200


class TestUsers:
    @pytest.fixture
    def browser(self, boss: User) -> Client:
        client = Client()
        client.force_login(boss)
        return client

    def test_a_user_is_found_added_and_changed(self, browser: Client) -> None:
        password = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
        added = browser.post("/admin/accounts/user/add/", {"username": "trader", **password})
        assert added.status_code == 302
        trader = User.objects.get(username="trader")
        assert trader.check_password(PASSWORD)
        assert b"trader" in browser.get("/admin/accounts/user/", {"q": trader.pk}).content
        page = browser.get(f"/admin/accounts/user/{trader.pk}/change/")
        assert page.status_code == 200
        assert trader.pk.encode() in page.content
        change = {
            "username": "trader",
            "email": "trader@example.org",
            "is_active": "on",
            "loopback_only": "on",
            "last_login_0": "",
            "last_login_1": "",
        }
        answer = browser.post(f"/admin/accounts/user/{trader.pk}/change/", change)
        assert answer.status_code == 302
        trader.refresh_from_db()
        assert (trader.email, trader.loopback_only) == ("trader@example.org", True)

    def test_a_token_is_made_for_a_user_with_a_text_key(self, browser: Client) -> None:
        trader = User.objects.create_user("trader")
        answer = browser.post("/admin/authtoken/tokenproxy/add/", {"user": trader.pk})
        assert answer.status_code == 302
        assert trader.auth_token.key
        assert browser.get("/admin/authtoken/tokenproxy/").status_code == 200
