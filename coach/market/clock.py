"""The market's clock: what time it is in the market that a source plays.

Market time runs `speed` times as fast as the wall, from an anchor; it can be paused, jump over
closed hours, or run free (as fast as the consumer takes the bars). The wall is an argument, so that
the whole arithmetic runs in tests without waiting. Times are epoch ms UTC.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Literal, Protocol

MAX_SPEED = 10_000.0
TICKS_PER_SECOND = 20
"""Wake-ups per wall second at most: faster than the eye, slow enough for one core."""
SECOND_MS = 1_000

Action = Literal["pause", "resume", "speed", "free", "restart"]


class ClockError(ValueError):
    """A command that the clock cannot follow."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """Everything about the clock; market time follows from it and the wall.

    `speed` 0 runs free for good, `free` until the next command. `market_ms` is the latest time the
    source has reached: what every gate and window calls now. A `realtime` source lives on the wall
    clock itself and takes no commands.
    """

    source: str
    anchor_wall_ms: float
    anchor_market_ms: int
    speed: float
    paused: bool = False
    free: bool = False
    realtime: bool = False
    market_ms: int = 0

    @property
    def runs_free(self) -> bool:
        """True when nothing paces the bars."""
        return not self.paused and (self.free or self.speed == 0)


def market_at(state: ClockState, wall_ms: float) -> int:
    """Market time by arithmetic at a wall time."""
    if state.paused or state.runs_free:
        return state.anchor_market_ms
    return state.anchor_market_ms + int((wall_ms - state.anchor_wall_ms) * state.speed)


def wait_ms(state: ClockState, market_ms: int, wall_ms: float) -> float | None:
    """Wall ms until the clock shows `market_ms`; 0 if it does; None if it never will by itself."""
    if state.runs_free:
        return 0.0
    if state.paused:
        return None
    return max(
        0.0,
        state.anchor_wall_ms + (market_ms - state.anchor_market_ms) / state.speed - wall_ms,
    )


def tick_ms(state: ClockState) -> int:
    """Market ms between two wake-ups: whole seconds, at most `TICKS_PER_SECOND` a wall second."""
    seconds = -(-state.speed // TICKS_PER_SECOND)
    return int(max(1, seconds)) * SECOND_MS


def check_speed(speed: float) -> float:
    """A speed the clock can run at.

    Raises:
        ClockError: below 0, above `MAX_SPEED` or not a number.
    """
    if not 0 <= speed <= MAX_SPEED:
        raise ClockError(f"speed must be from 0 (as fast as it goes) to {MAX_SPEED:g}, not {speed}")
    return speed


class Wall(Protocol):
    """The clock on the wall, and waiting by it."""

    def now_ms(self) -> float:
        """Epoch ms."""

    async def wait(self, changed: asyncio.Event, seconds: float | None) -> None:
        """Return once `changed` is set, or after `seconds` (None: only when it is set)."""


class SystemWall:
    """This machine's clock."""

    def now_ms(self) -> float:
        """Epoch ms."""
        return time.time() * 1000

    async def wait(self, changed: asyncio.Event, seconds: float | None) -> None:
        """Return once `changed` is set, or after `seconds`."""
        try:
            await asyncio.wait_for(changed.wait(), seconds)
        except TimeoutError:
            return


class ClockStore(Protocol):
    """Where the clock's state is kept for other processes."""

    async def save(self, state: ClockState, *, durable: bool, wall_ms: float) -> None:
        """Keep the state; `durable` when a command or a jump changed it, not for a mere tick."""


class NoStore:
    """Keeps nothing: for benchmarks, tests and dry runs."""

    async def save(self, state: ClockState, *, durable: bool, wall_ms: float) -> None:
        """Forget it."""


class MarketClock:
    """A running clock: takes commands, and lets a feed wait for market times.

    Commands come from the event loop that runs the feed (from another thread, through
    `loop.call_soon_threadsafe`).
    """

    def __init__(
        self, state: ClockState, *, wall: Wall | None = None, store: ClockStore | None = None
    ) -> None:
        self._state = state
        self._wall: Wall = wall or SystemWall()
        self._store: ClockStore = store or NoStore()
        self._changed = asyncio.Event()
        self.restarts = 0

    @property
    def state(self) -> ClockState:
        """The state now."""
        return self._state

    @property
    def wall(self) -> Wall:
        """The wall this clock hangs on."""
        return self._wall

    def now_ms(self) -> int:
        """Market time by arithmetic. A feed may not have reached it yet; see `state.market_ms`."""
        return market_at(self._state, self._wall.now_ms())

    def pause(self) -> None:
        """Stop market time."""
        self._command(paused=True, free=False)

    def resume(self) -> None:
        """Go on at the set speed, after a pause or a free run."""
        self._command(paused=False, free=False)

    def set_speed(self, speed: float) -> None:
        """Run at another speed; 0 runs free. A paused clock stays paused.

        Raises:
            ClockError: a speed out of bounds.
        """
        self._command(speed=check_speed(speed), free=False)

    def run_free(self) -> None:
        """As fast as it goes until the next command; the speed is remembered."""
        self._command(paused=False, free=True)

    def restart(self) -> None:
        """Ask the feed to begin again from its start."""
        self.restarts += 1
        self._command(paused=False, free=False)

    def apply(self, action: Action, *, speed: float | None = None) -> None:
        """Follow a command by name.

        Raises:
            ClockError: a realtime source, an unknown action, or a speed missing or out of bounds.
        """
        if self._state.realtime:
            raise ClockError(
                f"the clock of {self._state.source} is the wall's; it takes no commands"
            )
        if action == "speed":
            if speed is None:
                raise ClockError("action speed needs a speed")
            self.set_speed(speed)
            return
        simple = {
            "pause": self.pause,
            "resume": self.resume,
            "free": self.run_free,
            "restart": self.restart,
        }
        if action not in simple:
            raise ClockError(f"action {action!r} is not one of {', '.join((*simple, 'speed'))}")
        simple[action]()

    async def jump(self, market_ms: int) -> None:
        """Be at `market_ms` now: over closed hours, or back to the start."""
        self._anchor(market_ms)
        await self._save(durable=True)

    async def arrive(self, market_ms: int) -> None:
        """The feed has given everything up to `market_ms`."""
        if self._state.runs_free:
            self._anchor(market_ms)
        self._state = replace(self._state, market_ms=market_ms)
        await self._save(durable=False)

    async def reach(self, market_ms: int, *, restarts: int) -> bool:
        """Wait until market time is `market_ms`.

        False once there are more restarts than the `restarts` that the caller knows of.
        """
        while self.restarts == restarts:
            if self._changed.is_set():
                self._changed.clear()
                await self._save(durable=True)
            delay = wait_ms(self._state, market_ms, self._wall.now_ms())
            if delay is not None and delay <= 0:
                return True
            await self._wall.wait(self._changed, None if delay is None else delay / 1000)
        return False

    async def _save(self, *, durable: bool) -> None:
        await self._store.save(self._state, durable=durable, wall_ms=self._wall.now_ms())

    def _anchor(self, market_ms: int) -> None:
        self._state = replace(
            self._state,
            anchor_wall_ms=self._wall.now_ms(),
            anchor_market_ms=market_ms,
            market_ms=market_ms,
        )

    def _command(
        self, *, speed: float | None = None, paused: bool | None = None, free: bool | None = None
    ) -> None:
        """Change the state from now on: anchored where market time is, so that it does not leap."""
        now = max(self.now_ms(), self._state.anchor_market_ms)
        self._state = replace(
            self._state,
            anchor_wall_ms=self._wall.now_ms(),
            anchor_market_ms=now,
            speed=self._state.speed if speed is None else speed,
            paused=self._state.paused if paused is None else paused,
            free=self._state.free if free is None else free,
        )
        self._changed.set()
