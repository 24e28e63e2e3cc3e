"""The web process: `python -m coach.config.web`.

Everything is imported before it asks for the port. While another process serves it, this one
stands by, and serves as soon as that one has ended: a client is kept waiting for a moment, not for
a start.
"""

from __future__ import annotations

import logging

import uvicorn

from coach.config import port
from coach.config.env import Env

logger = logging.getLogger("uvicorn.error")


def serve(env: Env) -> None:
    """Import the application, wait for the port, serve until told to end."""
    config = uvicorn.Config(
        "coach.config.asgi:application",
        host=env.HOST,
        port=env.PORT,
        log_level=env.LOG_LEVEL.lower(),
        access_log=False,
        # Streams end at once; whatever else is under way gets so many seconds.
        timeout_graceful_shutdown=3,
        ws_max_size=65_536,
    )
    config.load()
    where = f"{env.HOST}:{env.PORT}"
    sockets = port.wait_for(
        env.HOST, env.PORT, lambda: logger.info("stands by until nobody listens at %s", where)
    )
    logger.info("serves http://%s", where)
    uvicorn.Server(config).run(sockets)


def main() -> None:
    """Run until Ctrl-C or SIGTERM."""
    try:
        serve(Env())
    except port.NoSuchHostError as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
