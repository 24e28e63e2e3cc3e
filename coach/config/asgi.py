"""The ASGI application: Django, and ahead of it whatever must not pass through its handlers."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coach.config.settings")

django_application = get_asgi_application()

application = ProtocolTypeRouter({"http": django_application})
