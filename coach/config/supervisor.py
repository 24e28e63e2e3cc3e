"""Starts every process of Coach on this machine and keeps it running.

`python -m coach.config.supervisor` is what `make run` calls.

One line of output is one line of one process, behind its name. A process that ends is started
again, later each time it fails at once; one that is frozen is killed (`coach.config.frozen`).
Ctrl-C (or SIGTERM) ends all of them, Redis last.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from coach.config.env import BASE_DIR, Env, runtime_dir
from coach.config.frozen import kill_frozen
from coach.config.port import NoSuchHostError, is_taken
from coach.config.redis_server import RedisServerMissingError, redis_command

STOP_SECONDS = 8.0  # how long a process may take to end before it is killed
STEADY_SECONDS = 10.0  # running this long makes the next restart immediate again
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
COLOURS = {"redis": 31, "web": 36, "live": 32, "worker": 33, "beat": 35, "setup": 34}
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep running, from `later` seconds after the others on."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    later: float = 0.0


def say(name: str, text: str) -> None:
    """Print one line of `name`'s output behind its name."""
    label = f"{name:<7}│"
    if sys.stdout.isatty():
        label = f"\033[{COLOURS.get(name.split(maxsplit=1)[0], 37)}m{label}\033[0m"
    # Where the output goes may be full or gone. That costs the line: whoever cannot print goes on
    # keeping its processes running.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{label} {text}\n")
        sys.stdout.flush()


def programs(env: Env, *, log_level: str) -> list[Program]:
    """Every process but Redis, in the order they start."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "coach.config.celery", "-q"]
    runtime = runtime_dir(env.DATA_DIR)
    web = [python, "-m", "coach.config.web"]
    live = [python, "manage.py", "run_live"]
    # They wait for the first's port and lease, imported and compiled. Nobody misses them while all
    # start, and not both at once, so that they take no processor from those at work.
    standby = [
        Program("web 2", web, later=STEADY_SECONDS),
        Program("live 2", live, later=STEADY_SECONDS + 5),
    ]
    return [
        Program("web", web),
        Program("live", live),
        *(standby if env.STANDBY else []),
        Program(
            "worker",
            [
                *(*celery, "worker", "--concurrency", str(env.WORKERS), "--loglevel", log_level),
                # Workers that know of each other could share revocations, which nobody sends here;
                # looking for each other costs a second of every start.
                *("--without-mingle", "--without-gossip"),
            ],
        ),
        Program(
            "beat",
            [
                *(*celery, "beat", "--loglevel", log_level),
                *("--schedule", str(env.DATA_DIR / "beat-schedule")),
                *("--pidfile", str(runtime / "beat.pid")),
            ],
        ),
    ]


def die_with_parent() -> None:
    """Linux: the child is killed when its supervisor dies, so that no orphan holds the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


async def spawn(program: Program) -> asyncio.subprocess.Process:
    """Start `program` in a process group of its own, so that Ctrl-C reaches it through us alone."""
    return await asyncio.create_subprocess_exec(
        *program.command,
        cwd=BASE_DIR,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


async def relay_output(name: str, stream: asyncio.StreamReader) -> None:
    """Print what the process prints, line by line, until it closes its output."""
    while line := await _line(stream):
        say(name, line.decode(errors="replace").rstrip())


async def _line(stream: asyncio.StreamReader) -> bytes:
    """The next line, or the next piece of one that is longer than the stream's buffer; empty at the
    end. Whoever stops reading stops the process."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        return await stream.readexactly(long.consumed)


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask a process to end, and kill it when it does not."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def keep_running(program: Program, stopping: asyncio.Event, *, frozen_seconds: float) -> None:
    """Run `program`, and again whenever it ends, until `stopping` is set; kill it, or a descendant,
    that is frozen for so long (0: never)."""
    pause = 0.0
    await wait_for_event(stopping, program.later)
    while not stopping.is_set():
        started = time.monotonic()
        process = await spawn(program)
        output = asyncio.create_task(relay_output(program.name, process.stdout))  # type: ignore[arg-type]
        ended = asyncio.create_task(process.wait())
        told = asyncio.create_task(stopping.wait())
        tell = partial(say, program.name)
        watching = asyncio.create_task(kill_frozen(process.pid, frozen_seconds, tell))
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        watching.cancel()
        if stopping.is_set():
            await end(process)
            await output
            return
        pause = next_pause(pause, ran=time.monotonic() - started, status=process.returncode or 0)
        say(program.name, f"ended with {process.returncode}; starting again in {pause:g} s")
        await wait_for_event(stopping, pause)


def next_pause(pause: float, *, ran: float, status: int) -> float:
    """Seconds until a process that ran for so long is started again, after the pause before.

    One that fails at once fails later and later. One that was killed from outside did not fail: its
    next is not held up for it, however often it happens.
    """
    if ran > STEADY_SECONDS:
        return 0.0
    if status == -signal.SIGKILL:
        return FIRST_PAUSE
    return min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)


async def wait_for_event(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, at most `seconds`."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def run_setup(name: str, *arguments: str) -> None:
    """Run one step that must succeed before the processes start."""
    process = await spawn(Program(name, [sys.executable, "manage.py", *arguments]))
    await relay_output(name, process.stdout)  # type: ignore[arg-type]
    if await process.wait() != 0:
        raise SystemExit(f"`manage.py {' '.join(arguments)}` failed; see the lines above")


async def wait_for_socket(path: Path, task: asyncio.Task[None]) -> None:
    """Return once a server accepts connections on the Unix socket at `path`."""
    while not task.done():
        try:
            _, writer = await asyncio.open_unix_connection(str(path))
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise SystemExit("Redis did not start; see the lines above")


def on_signals(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    """Call `call` on Ctrl-C and on SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, call)


async def supervise(env: Env) -> None:
    """Start Redis (unless another is named), set up, start the rest; return when told to stop."""
    stopping, redis_stopping = asyncio.Event(), asyncio.Event()
    redis_task: asyncio.Task[None] | None = None
    keep = partial(keep_running, frozen_seconds=env.FROZEN_SECONDS)
    if not env.REDIS_URL:
        socket = runtime_dir(env.DATA_DIR) / "redis.sock"
        command = redis_command(socket=socket, data_dir=env.DATA_DIR / "redis")
        redis_task = asyncio.create_task(keep(Program("redis", command), redis_stopping))
        await wait_for_socket(socket, redis_task)
    try:
        await run_setup("setup", "migrate", "--verbosity", "0")
        if env.DEMO:
            await run_setup("setup", "seed_demo")
        if is_taken(env.HOST, env.PORT):
            raise SystemExit(f"PORT={env.PORT}: another program listens at {env.HOST}:{env.PORT}")
        on_signals(asyncio.get_running_loop(), stopping.set)
        tasks = [
            asyncio.create_task(keep(program, stopping))
            for program in programs(env, log_level=env.LOG_LEVEL.lower())
        ]
        say("setup", f"Coach runs at http://{env.HOST}:{env.PORT} – Ctrl-C ends it")
        await asyncio.gather(*tasks)
    finally:
        redis_stopping.set()
        if redis_task:
            await redis_task


def main() -> None:
    """Run until Ctrl-C."""
    env = Env()
    try:
        asyncio.run(supervise(env))
    except (RedisServerMissingError, NoSuchHostError) as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
