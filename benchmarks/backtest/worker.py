"""What a sweep's worker process begins with: it can be imported before Django is set up."""

from __future__ import annotations

import os

import django


def begin() -> None:
    """The environment names the same database and Redis."""
    django.setup()


def ready(_: int) -> int:
    """The worker has begun; its process."""
    from coach.engine.warm import warm_up  # noqa: PLC0415  needs nothing, but compiles

    warm_up()
    return os.getpid()
