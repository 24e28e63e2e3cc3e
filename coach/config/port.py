"""The address that web processes serve: one has it, the next waits for it."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

BACKLOG: Final = 2048  # as uvicorn's own
LOOK_SECONDS: Final = 0.1


class NoSuchHostError(ValueError):
    """HOST is not an address of this machine, nor a name of one."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at every address of `host`.

    Raises:
        NoSuchHostError: it has none, or none on this machine.
        OSError: with `errno.EADDRINUSE` when somebody else listens there.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise NoSuchHostError(f"HOST={host}: {error.strerror}") from None
    with ExitStack() as opened:
        sockets = []
        for family, address in dict.fromkeys((each[0], each[4]) for each in found):
            try:
                one = socket.create_server(address, family=family, backlog=BACKLOG)
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    raise NoSuchHostError(f"HOST={host} is no address of this machine") from None
                raise
            sockets.append(opened.enter_context(one))
        opened.pop_all()
    return sockets


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        sockets = listen(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return True
    for one in sockets:
        one.close()
    return False


def wait_for(host: str, port: int, on_wait: Callable[[], None]) -> list[socket.socket]:
    """As `listen`, as soon as nobody else does; `on_wait` is called once when somebody does."""
    waits = False
    while True:
        try:
            return listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        if not waits:
            on_wait()
        waits = True
        time.sleep(LOOK_SECONDS)  # the kernel tells nobody that a port is free
