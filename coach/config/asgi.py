"""The ASGI application: Django, and ahead of it whatever must not pass through its handlers."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")

django_application = get_asgi_application()

# These need Django's apps, which the line above has loaded.
from django.conf import settings  # noqa: E402

from coach.live.hub import Hub, Limits  # noqa: E402
from coach.live.lifespan import Lifespan  # noqa: E402
from coach.live.stream import StreamApp  # noqa: E402
from observability import health  # noqa: E402

hub = Hub(redis_url=settings.REDIS_URL, limits=Limits(**settings.STREAM))
health.register("stream", hub.check)

# URLRouter takes ASGI applications where Django's types expect views.
application = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                re_path(r"^api/stream$", StreamApp(hub)),  # type: ignore[arg-type]
                re_path(r"", django_application),  # type: ignore[arg-type]
            ]
        ),
        "lifespan": Lifespan(hub),
    }
)
