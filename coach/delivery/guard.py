"""No message leaves for a private network.

A user names where his alerts go, and the server connects there: without a guard it would reach what
only the server can reach. Looking the name up beforehand does not help, as it may mean another
address a moment later, or the answer may redirect. So the connection itself is watched: Python
raises an audit event with the address of every connect, and within `guarded()` any address that is
not public ends it, whatever library connects and however it came by the address.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Addresses that carry another one, which may be a private one.
CARRIERS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))
EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})

_allowed: ContextVar[tuple[Network, ...] | None] = ContextVar("delivery_guard", default=None)


class PrivateAddressError(ConnectionError):
    """The destination is not on the public internet."""


def is_public(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether anybody may be told to connect there; `allowed` are the operator's exceptions."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    if any(address in network for network in CARRIERS):
        return False
    return address.is_global and not address.is_multicast


def check_address(address: object, allowed: Iterable[Network]) -> None:
    """Look at what a socket is about to connect to.

    Raises:
        PrivateAddressError: it is no public IP address (a name, a Unix socket, a private network).
    """
    host = address[0] if isinstance(address, tuple) and address else None
    try:
        parsed = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        raise PrivateAddressError(f"{address!r} is no address on the public internet") from None
    if not is_public(parsed, allowed):
        raise PrivateAddressError(f"{parsed} is not on the public internet")


def check_host(host: str, allowed: Iterable[Network]) -> None:
    """Look a name up and see that all its addresses are public: an early, friendly refusal.

    Raises:
        PrivateAddressError: one is not.
        OSError: the name cannot be looked up.
    """
    for *_, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
        check_address(address, allowed)


@cache
def _install() -> None:
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event not in EVENTS:
        return
    allowed = _allowed.get()
    if allowed is not None:
        check_address(arguments[-1], allowed)


@contextmanager
def guarded(allowed: Iterable[Network]) -> Iterator[None]:
    """Within, this thread connects to public addresses alone (and to `allowed` ones)."""
    _install()
    token = _allowed.set(tuple(allowed))
    try:
        yield
    finally:
        _allowed.reset(token)
