"""The Celery application: `celery -A coach.config.celery worker|beat`."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")

app = Celery("coach")
# Also for the threads of a web process, which only send.
app.set_default()
app.conf.update(settings.CELERY)
app.autodiscover_tasks()
