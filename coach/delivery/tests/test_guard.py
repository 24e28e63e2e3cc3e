"""No message reaches a private network: not by address, by name, by rebinding or by redirect."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from coach.delivery import channels
from coach.delivery.channels import DestinationError, Message, SendError
from coach.delivery.guard import check_host, guarded, is_public
from coach.delivery.signing import new_secret, signature
from coach.delivery.tests.receiver import receiving

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
MESSAGE = Message("01TEST", "title", "text", {"type": "test"})


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_an_operator_may_allow_a_network() -> None:
    assert is_public(ipaddress.ip_address("127.0.0.1"), LOOPBACK)
    assert is_public(ipaddress.ip_address("::ffff:127.0.0.1"), LOOPBACK)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x", "http://2130706433/x"],
)
def test_a_webhook_into_this_machine_is_refused(url: str) -> None:
    with pytest.raises(DestinationError, match="not on the public internet"):
        channels.check_webhook(url, ())


@pytest.mark.parametrize("url", ["ftp://example.com", "https://", "nonsense", "http://a:b@c.de/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(DestinationError):
        channels.check_webhook(url, LOOPBACK)


@pytest.mark.parametrize("url", ["syslog://", "dbus://", "json://10.0.0.1", "windows://", "x"])
def test_services_that_reach_no_person_are_refused(url: str) -> None:
    with pytest.raises(DestinationError, match="must be one of"):
        channels.check_apprise(url, ())


def test_a_name_that_means_another_address_by_now_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo
    with receiving() as receiver:
        port = receiver.url.rsplit(":", 1)[1].partition("/")[0]
        answers = [
            [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 0))],
            [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))],
        ]

        def rebound(host: Any, *rest: Any, **more: Any) -> Any:
            return answers.pop(0) if host == "rebinding.test" else real(host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", rebound)
        url = f"http://rebinding.test:{port}/hook"
        channels.check_webhook(url, ())
        with pytest.raises(SendError) as error:
            channels.send_webhook(url, new_secret(), MESSAGE, timestamp=1, allowed=())
        assert not error.value.again
        assert receiver.got == []


def test_a_redirect_is_not_followed() -> None:
    with receiving() as receiver:
        receiver.answers, receiver.location = [307], receiver.url + "/inside"
        with pytest.raises(SendError, match="answered 307"):
            channels.send_webhook(
                receiver.url, new_secret(), MESSAGE, timestamp=1, allowed=LOOPBACK
            )
        assert [path for path, *_ in receiver.got] == ["/hook"]


def test_apprise_is_held_back_too() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("http://", "ntfy://").replace("/hook", "/topic")
        with pytest.raises(SendError):
            channels.send_apprise(url, MESSAGE, allowed=())
        assert receiver.got == []
        channels.send_apprise(url, MESSAGE, allowed=LOOPBACK)
        assert len(receiver.got) == 1


def test_the_guard_ends_with_its_block() -> None:
    with receiving() as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].partition("/")[0])
        with guarded(()), pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", port))
        socket.create_connection(("127.0.0.1", port)).close()
    check_host("127.0.0.1", LOOPBACK)


def test_the_signature_is_the_standards() -> None:
    """The example of standardwebhooks.com's reference libraries."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
