"""The Celery application: `celery -A coach.config.celery worker|beat`."""

from __future__ import annotations

import os

from celery import Celery, signals
from django.conf import settings

from coach.config import startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")
startup.begin()

app = Celery("coach")
# Also for the threads of a web process, which only send.
app.set_default()
app.conf.update(settings.CELERY)
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_logging(**_: object) -> None:
    """Django has set up the logs, secrets masked; Celery leaves them if somebody listens here."""
