"""Who is at the other end of the connection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

# Any of these means that a proxy stands between, and that the peer is the proxy.
PROXY_HEADERS = frozenset({"forwarded", "x-forwarded-for", "x-real-ip", "via"})


def is_local(host: str | None, header_names: Iterable[str]) -> bool:
    """Whether the peer is on this machine and speaks for itself.

    Args:
        host: the peer's address as the server saw it; None or "" on a Unix socket, where a proxy
            sits by custom, so that counts as not local.
        header_names: the request's header names, in any case.
    """
    if not host or not PROXY_HEADERS.isdisjoint(name.lower() for name in header_names):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
