"""Commands for the running market, asked by the API and answered by the live process.

A request is one entry of a Redis list, its answer another list of its own: whoever asks waits a
moment and hears whether it was done, and a command that nobody took in time is never done later.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson
import redis
import redis.asyncio
import structlog
from ulid import ULID

from coach.market.clock import ClockError

log = structlog.get_logger(__name__)

QUEUE = "coach:live:commands"
ANSWER = "coach:live:answer:"
# Below the time-out of the connections, whose wait this is.
PATIENCE_SECONDS = 1.5


class NobodyAnswersError(RuntimeError):
    """No live process took the command in time."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to do with the market clock: pause, resume, speed, nextAlert (of the user who asks),
    restart."""

    action: str
    speed: float | None = None
    user_id: str | None = None


def ask(client: redis.Redis, command: Command) -> None:
    """Have a command done by the live process.

    Raises:
        ClockError: it cannot be followed; says why.
        NobodyAnswersError: no live process runs, or it is busy for too long.
        redis.RedisError: Redis is away.
    """
    request = str(ULID())
    body = {
        "id": request,
        "until": time.time() + PATIENCE_SECONDS,
        "action": command.action,
        "speed": command.speed,
        "user": command.user_id,
    }
    client.rpush(QUEUE, orjson.dumps(body))
    answer = cast("tuple[bytes, bytes] | None", client.blpop([ANSWER + request], PATIENCE_SECONDS))
    if answer is None:
        raise NobodyAnswersError("no live process answers")
    problem = orjson.loads(answer[1])["problem"]
    if problem is not None:
        raise ClockError(problem)


async def answer_all(
    client: redis.asyncio.Redis, follow: Callable[[Command], Awaitable[None]]
) -> None:
    """Take commands and follow them, for as long as the task runs.

    Raises:
        redis.RedisError: Redis is away; call again.
    """
    while True:
        taken = await cast("Awaitable[tuple[bytes, bytes] | None]", client.blpop([QUEUE], 1))
        if taken is None:
            continue
        body: dict[str, Any] = orjson.loads(taken[1])
        if body["until"] < time.time():
            log.info("command_too_old", action=body["action"])
            continue
        problem: str | None = None
        try:
            await follow(Command(body["action"], body["speed"], body["user"]))
        except ClockError as error:
            problem = str(error)
        async with client.pipeline() as pipe:
            pipe.rpush(ANSWER + body["id"], orjson.dumps({"problem": problem}))
            pipe.expire(ANSWER + body["id"], int(PATIENCE_SECONDS) + 1)
            await pipe.execute()
