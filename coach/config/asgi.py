"""The ASGI application: Django, and ahead of it whatever must not pass through its handlers."""

from __future__ import annotations

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from coach.config import startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")

startup.begin()
django.setup(set_prefix=False)

# These need Django's apps, which the line above has loaded.
from django.conf import settings  # noqa: E402

# Every view: else the first request would wait for them, in a process that said it was ready.
import coach.config.urls  # noqa: E402, F401
from coach.config.threads import Handler  # noqa: E402
from coach.live.hub import Hub, Limits  # noqa: E402
from coach.live.lifespan import Lifespan  # noqa: E402
from coach.live.stream import StreamApp  # noqa: E402
from coach.live.voice.app import VoiceApp, VoiceLimits, not_found  # noqa: E402
from coach.live.voice.house import make_chain  # noqa: E402
from observability import health  # noqa: E402

hub = Hub(redis_url=settings.REDIS_URL, limits=Limits(**settings.STREAM))
health.register("stream", hub.check)
voice = VoiceApp(hub, make_chain(**settings.VOICE), VoiceLimits())

# URLRouter takes ASGI applications where Django's types expect views.
application = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                re_path(r"^api/stream$", StreamApp(hub)),  # type: ignore[arg-type]
                re_path(r"", Handler()),  # type: ignore[arg-type]
            ]
        ),
        "websocket": URLRouter(
            [
                re_path(r"^ws/coach$", voice),  # type: ignore[arg-type]
                re_path(r"", not_found),  # type: ignore[arg-type]
            ]
        ),
        "lifespan": Lifespan(hub, voice),
    }
)
