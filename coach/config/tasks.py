"""What the schedule does for the whole house."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command


@shared_task(name="config.prune")
def prune() -> None:
    """Forget what has served its purpose. Every hour, so that it is little each time."""
    call_command("prune", verbosity=0)
