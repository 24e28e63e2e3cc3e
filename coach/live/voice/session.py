"""One client's conversation with the coach: which alerts are said, and what is asked of it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from coach.engine.layout import timeframe_ms
from coach.live.access import DatabaseThread, Visitor
from coach.live.ring import Frame
from coach.live.voice import protocol, reading
from coach.live.voice.chain import Chain
from coach.live.voice.commands import CommandError, Label, Mute, Why, parse_command
from coach.live.voice.mutes import mute, muted_until
from coach.live.voice.protocol import FrameError, event, refusal
from coach.live.voice.reading import Wishes
from coach.live.voice.speaker import Line, Speaker
from coach.live.voice.speech import (
    SAMPLE,
    Sentence,
    alert_sentence,
    answer,
    best_first,
    why_sentence,
)
from feedback.errors import FeedbackError
from observability import metrics, slo

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.05  # alerts of one bar close come together; only one sentence is said
TIMED_UTTERANCES = 32
Alert = Mapping[str, Any]


class Session:
    """What one connection says and hears.

    Attributes:
        quiet: the tab wants captions alone.
    """

    def __init__(
        self, visitor: Visitor, line: Line, *, chain: Chain, database: DatabaseThread
    ) -> None:
        self.visitor = visitor
        self.quiet = False
        self._line = line
        self._chain = chain
        self._database = database
        self._speaker = Speaker(line, chain, market_ms=self._market_ms)
        self._gathered: list[bytes] = []
        self._gathering: asyncio.Task[None] | None = None
        self._last_close = 0
        self._timed: OrderedDict[int, None] = OrderedDict()

    @property
    def _user(self) -> str:
        return self.visitor.user_id

    async def run(self) -> None:
        """Say hello, then speak until cancelled."""
        now = datetime.now(UTC)
        muted = await self._database.run(muted_until, user_id=self._user, now=now)
        symbols = [{"symbol": symbol, "until": until} for symbol, until in muted.items()]
        await self._line.text(event("hello", synthesizer=self._chain.name, muted=symbols))
        await self._chain.warm()
        try:
            await self._speaker.run()
        finally:
            if self._gathering is not None:
                self._gathering.cancel()

    # --- Alerts -------------------------------------------------------------------------------

    def hear(self, frame: Frame) -> None:
        """An event of this user from the ring; alerts of one close are gathered for a moment."""
        if frame.kind != "alert":
            return
        self._gathered.append(frame.data)
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._say_gathered(), name="voice-alerts")
            self._gathering.add_done_callback(_report)

    async def _say_gathered(self) -> None:
        while self._gathered:  # more may come while these are looked at
            await asyncio.sleep(GATHER_SECONDS)
            gathered, self._gathered = self._gathered, []
            await self._say_some([orjson.loads(data) for data in gathered])

    async def _say_some(self, alerts: Sequence[Alert]) -> None:
        wishes = await self._database.run(reading.read_wishes, self._user)
        for close in sorted({_close(alert) for alert in alerts}):
            if close > self._last_close:
                await self._say_one([a for a in alerts if _close(a) == close], close, wishes)

    async def _say_one(self, alerts: Sequence[Alert], close: int, wishes: Wishes) -> None:
        """One sentence for one bar close: the most confident alert that may be said."""
        wanted = [alert for alert in alerts if _may_be_shown(alert, wishes)]
        loud = [alert for alert in wanted if _may_be_said(alert, wishes)]
        chosen = best_first(loud or wanted)
        if not chosen:
            return
        self._last_close = close
        best = chosen[0]
        tick = await self._database.run(reading.read_tick, best["symbol"])
        sentence = alert_sentence(
            best, tick=tick, others=len(chosen) - 1, bar_ms=timeframe_ms(best["timeframe"])
        )
        audible = bool(loud) and not self.quiet
        self._speaker.say(sentence, rate=wishes.rate, audible=audible)

    async def _market_ms(self) -> float:
        return await self._database.run(reading.read_market_ms)

    # --- Requests -----------------------------------------------------------------------------

    async def take(self, raw: str) -> None:
        """A frame of text from the client; what is wrong with it is answered, by field."""
        try:
            await self._do(protocol.parse(raw))
        except FrameError as error:
            await self._line.text(refusal(error))
        except FeedbackError as error:
            field = "label" if error.field == "label" else "signalId"
            await self._line.text(refusal(FrameError(field, error.message, "not_taken")))

    async def _do(self, frame: protocol.Frame) -> None:
        handlers: dict[type, Callable[[Any], Awaitable[None]]] = {
            protocol.Interrupt: self._interrupt,
            protocol.Quiet: self._be_quiet,
            protocol.Explain: self._explain,
            protocol.Command: self._obey,
            protocol.Sample: self._sample,
            Mute: self._mute,
            Label: self._label,
        }
        await handlers[type(frame)](frame)

    async def _interrupt(self, frame: protocol.Interrupt) -> None:
        began = time.perf_counter()
        number = frame.utterance_id
        if number > self._speaker.last_number:
            raise FrameError("utteranceId", "No such utterance on this connection.")
        self._speaker.interrupt(number)
        metrics.voice_cancel_ms.observe((time.perf_counter() - began) * 1000)
        if frame.milliseconds is None or number in self._timed:
            return
        self._timed[number] = None
        if len(self._timed) > TIMED_UTTERANCES:
            self._timed.popitem(last=False)
        await self._database.run(slo.record_or_log, "voiceInterruptMs", frame.milliseconds)

    async def _be_quiet(self, frame: protocol.Quiet) -> None:
        self.quiet = frame.quiet
        if frame.quiet:
            self._speaker.hush()
        await self._line.text(event("quiet", quiet=self.quiet))

    async def _explain(self, frame: protocol.Explain) -> None:
        signal_id = self._about(frame.signal_id)
        alert = await self._database.run(reading.read_alert, self._user, signal_id)
        if alert is None:
            raise FrameError("signalId", "No alert of yours has this signal.", "not_found")
        await self._say_now(why_sentence(alert))

    async def _sample(self, _frame: protocol.Sample) -> None:
        await self._say_now(SAMPLE)

    async def _say_now(self, sentence: Sentence) -> None:
        wishes = await self._database.run(reading.read_wishes, self._user)
        self._speaker.say_now(sentence, rate=wishes.rate, audible=not self.quiet)

    async def _mute(self, frame: Mute) -> None:
        now = datetime.now(UTC)
        until = await self._database.run(
            mute, user_id=self._user, symbol=frame.symbol, minutes=frame.minutes, now=now
        )
        await self._line.text(event("muted", symbol=frame.symbol, until=until))
        words = f"muted for {frame.minutes} min" if frame.minutes else "spoken again"
        self._show(answer(f"{frame.symbol} {words}"))

    async def _label(self, frame: Label) -> None:
        signal_id = self._about(frame.signal_id)
        done = await self._database.run(reading.write_label, self._user, signal_id, frame.label)
        await self._line.text(event("labelled", **done))
        self._show(answer(f"{frame.label.capitalize()} saved"))

    async def _obey(self, frame: protocol.Command) -> None:
        try:
            command = parse_command(frame.text)
        except CommandError as error:
            raise FrameError("text", str(error)) from error
        if isinstance(command, Mute):
            await self._mute(command)
        elif isinstance(command, Why):
            await self._explain(protocol.Explain(frame.signal_id))
        else:
            await self._label(Label(command.label, frame.signal_id))

    def _show(self, sentence: Sentence) -> None:
        self._speaker.say(sentence, rate=1.0, audible=False)

    def _about(self, signal_id: str | None) -> str:
        """The signal named, or the one spoken last."""
        found = signal_id or self._speaker.last_signal_id
        if found is None:
            raise FrameError("signalId", "Nothing was spoken yet; name the signal.", "required")
        return found


def _report(gathering: asyncio.Task[None]) -> None:
    """Alerts that could not be said are on the page all the same."""
    if not gathering.cancelled() and (error := gathering.exception()) is not None:
        log.error("voice_alerts_unsaid", error=repr(error), exc_info=error)


def _close(alert: Alert) -> int:
    return int(alert["ts"]) + timeframe_ms(alert["timeframe"])


def _may_be_shown(alert: Alert, wishes: Wishes) -> bool:
    symbol = alert["symbol"]
    return wishes.symbols.get(symbol) != "off" and symbol not in wishes.muted


def _may_be_said(alert: Alert, wishes: Wishes) -> bool:
    return alert["mode"] == "on" and wishes.symbols.get(alert["symbol"], "on") == "on"
