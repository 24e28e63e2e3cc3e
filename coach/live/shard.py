"""A shard: the symbols that one live process evaluates, from the feed's batches to the commit.

Evaluating changes only what is in memory; `flush` writes. A flush that fails (database locked, disk
full, connection lost) leaves the moments waiting and may be called again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import transaction

from coach.engine.layout import timeframe_ms
from coach.engine.ruleset import RuleSet
from coach.engine.tracking import Outcome
from coach.live import measures
from coach.live.cursor import MINUTE_MS, read_progress, save_progress
from coach.live.frames import bar_frame, feed_frame
from coach.live.history import load_tracks
from coach.live.lane import Change
from coach.live.lease import Held, Keeper, fence
from coach.live.moment import Moment, Part, parts_of
from coach.live.relay import publish_now
from coach.live.ring import Frame
from coach.live.track import MINUTE, Track
from coach.market.feed import FeedBar, FeedBatch
from coach.market.services import append_received, record_gaps
from coach.signals.records import FiredSignal, NewDecision, OutcomeUpdate, SignalKey
from coach.signals.selectors import find_signal_ids, watchers_of
from coach.signals.services import record_moment, save_outcomes
from risk.services import decide_moment

MOMENTS_AT_ONCE = 64
"""A replay that runs free commits this many quiet moments together."""


@dataclass(frozen=True, slots=True)
class Flushed:
    """What a flush committed: new signals, how many alerts went to somebody, and to whom."""

    signals: int = 0
    delivered: int = 0
    alerted: frozenset[str] = frozenset()


class Shard:
    """The symbols of one live process.

    `realtime`: the source lives on the wall clock, by which then the age of its bars is told.
    """

    def __init__(
        self,
        *,
        source: str,
        calendars: Mapping[str, str],
        rulesets: Sequence[RuleSet],
        held: Held,
        realtime: bool = False,
    ) -> None:
        self._source = source
        self._held = held
        self._realtime = realtime
        self._tracks = {
            symbol: Track(symbol, calendar, rulesets) for symbol, calendar in calendars.items()
        }
        self._ids: dict[SignalKey, str] = {}
        self._waiting: list[Moment] = []
        self._market_ms: int | None = None
        self._minute = -1

    # --- start ------------------------------------------------------------------------------------

    def open(self) -> dict[str, int]:
        """Come to the state of the last commit; symbol → ts after which the feed shall resume.

        Empty when nothing was ever committed: then the feed begins at its own start.
        """
        progress = read_progress(self._held.shard, self._source)
        if progress is None:
            return {}
        until = {symbol: progress.until_ms(symbol) for symbol in self._tracks}
        self._load(until)
        self._market_ms = progress.market_ms
        return {symbol: self._resume_after(symbol, until[symbol]) for symbol in self._tracks}

    def _resume_after(self, symbol: str, until_ms: int) -> int:
        """A vendor is asked for everything since the last bar; a market that is played goes on
        where it stopped, for all symbols alike."""
        last_ts = self._tracks[symbol].last_ts
        if self._realtime and last_ts is not None:
            return last_ts
        return until_ms - MINUTE_MS

    def _load(self, until_ms: Mapping[str, int]) -> None:
        self._ids = load_tracks(self._tracks.values(), until_ms, between=Keeper(self._held))
        self._minute = -1

    # --- evaluate ---------------------------------------------------------------------------------

    def evaluate(self, batch: FeedBatch, *, show_seconds: bool = True) -> bool:
        """Take a batch; whether something waits to be flushed now.

        Args:
            show_seconds: publish the microbars; nobody can follow them in a replay that runs free.
        """
        if self._market_ms is None or (batch.market_ms < self._market_ms and not self._realtime):
            self._begin_at(batch)
        self._market_ms = batch.market_ms
        began = time.perf_counter()
        moment = self._moment_of(batch)
        for bar in batch.bars:
            self._take(bar, moment)
        settled_ms = batch.settled_ms
        self._on_clock(moment, batch.market_ms if settled_ms is None else settled_ms)
        took_ms = (time.perf_counter() - began) * 1000
        moment.evaluator_ms += took_ms
        if show_seconds:
            publish_now(_seconds(batch.bars))
        measures.evaluated(batch, took_ms)
        if moment.writes and not (self._waiting and self._waiting[-1] is moment):
            self._waiting.append(moment)
        return self._is_due(free=not show_seconds)

    def _moment_of(self, batch: FeedBatch) -> Moment:
        """The moment that the batch belongs to: the last one, if it waits for its commit and a feed
        gives one close in several batches."""
        last = self._waiting[-1] if self._waiting else None
        if last is None or last.market_ms != batch.market_ms:
            return Moment(market_ms=batch.market_ms, gaps=batch.gaps)
        last.gaps += batch.gaps
        return last

    def _begin_at(self, batch: FeedBatch) -> None:
        """A first start, or a replay begun again: the state before the batch's first bar."""
        minutes = [bar.ts for bar in batch.bars if bar.timeframe == MINUTE]
        first = min(minutes, default=batch.market_ms // MINUTE_MS * MINUTE_MS)
        self._load(dict.fromkeys(self._tracks, first))

    def _take(self, bar: FeedBar, moment: Moment) -> None:
        track = self._tracks[bar.symbol]
        if bar.timeframe != MINUTE:
            track.on_microbar(bar)
            return
        last_ts = track.last_ts
        if last_ts is not None and bar.ts <= last_ts and not bar.revision:
            measures.late_bar(bar, last_ts)
            bar = replace(bar, revision=True)  # kept and shown as one: no rule has seen it
        moment.received.append(bar)
        if bar.revision:
            return
        moment.done.add(track.on_minute(bar, moment.market_ms))

    def _on_clock(self, moment: Moment, settled_ms: int) -> None:
        """Once a minute: buckets and sessions end on whole minutes."""
        minute = settled_ms // MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            for track in self._tracks.values():
                moment.done.add(track.on_clock(settled_ms))

    def _is_due(self, *, free: bool) -> bool:
        waiting = self._waiting
        if not waiting:
            return False
        return not free or bool(waiting[-1].fired) or len(waiting) >= MOMENTS_AT_ONCE

    # --- commit -----------------------------------------------------------------------------------

    def flush(self) -> Flushed:
        """Commit what waits, in order of time, and publish it.

        Raises:
            LeaseLostError: another process holds the shard; nothing more is written.
            OperationalError: the database refuses for now; what is not committed waits.
        """
        done = Flushed()
        while self._waiting:
            group = self._group()
            more = self._commit(group)
            del self._waiting[: len(group)]
            done = Flushed(
                done.signals + more.signals,
                done.delivered + more.delivered,
                done.alerted | more.alerted,
            )
        return done

    def _group(self) -> list[Moment]:
        """Moments to commit together: quiet ones, or one in which something fired. Its decisions
        read what was committed before it."""
        if self._waiting[0].fired:
            return self._waiting[:1]
        quiet: list[Moment] = []
        for moment in self._waiting:
            if moment.fired:
                break
            quiet.append(moment)
        return quiet

    def _commit(self, moments: Sequence[Moment]) -> Flushed:
        fired = [signal for moment in moments for signal in moment.fired]
        began = time.perf_counter()
        known = find_signal_ids([signal.key for signal in fired])
        new = [signal for signal in fired if signal.key not in known]
        decisions = self._decide(new, moments[-1].market_ms)
        latency = measures.stages(moments[-1], governor_ms=(time.perf_counter() - began) * 1000)
        for part in parts_of(moments):
            self._write(part, decisions, latency)
        measures.committed(moments, new, decisions)
        alerted = [decision.user_id for decision in decisions if decision.delivered]
        return Flushed(len(new), len(alerted), frozenset(alerted))

    def _decide(self, signals: Sequence[FiredSignal], market_ms: int) -> list[NewDecision]:
        if not signals:
            return []
        symbols = {signal.symbol for signal in signals}
        return decide_moment(
            signals=signals,
            watchers=watchers_of(symbols),
            as_of=_time(market_ms),
            data_age=self._ages(signals, market_ms),
        )

    def _ages(self, signals: Sequence[FiredSignal], market_ms: int) -> dict[str, float]:
        """Symbol → age of its newest bar, in bars."""
        now = max(market_ms, time.time() * 1000) if self._realtime else market_ms
        return {
            signal.symbol: max(0.0, now - signal.fired_at.timestamp() * 1000)
            / timeframe_ms(signal.timeframe)
            for signal in signals
        }

    def _write(
        self, part: Part, decisions: Sequence[NewDecision], latency: Mapping[str, float]
    ) -> None:
        """One transaction: bars, signals, decisions, announcements, outcomes, how far we are."""
        keys = {signal.key for signal in part.fired}
        about = [decision for decision in decisions if decision.signal in keys]
        with transaction.atomic():
            fence(self._held)
            # Registered first, so that the chart has the bar before its alert comes.
            transaction.on_commit(lambda: _publish(part), robust=True)
            append_received(part.received, source=self._source)
            record_gaps(part.gaps)
            recorded = record_moment(fired=part.fired, decisions=about, latency=latency)
            save_outcomes(updates=self._updates(part.changes, recorded.signal_ids))
            save_progress(self._held.shard, self._source, part.progress)
        self._ids.update(recorded.signal_ids)
        for change in part.changes:
            if change.outcome.matured:
                self._ids.pop(change.key, None)

    def _updates(
        self, changes: Sequence[Change], new_ids: Mapping[SignalKey, str]
    ) -> list[OutcomeUpdate]:
        """Of several changes of one outcome the last says the most."""
        latest = {change.key: change for change in changes}
        return [
            outcome_update(new_ids.get(key) or self._ids[key], change)
            for key, change in latest.items()
        ]


def _publish(part: Part) -> None:
    now = time.time() * 1000
    measures.written(part, now)
    corrections = [bar for bar in part.received if bar.revision]
    publish_now(
        [
            *(bar_frame(closed, server_ms=now) for closed in part.closed),
            *(feed_frame(bar, server_ms=now) for bar in corrections),
        ]
    )


def _seconds(bars: Sequence[FeedBar]) -> list[Frame]:
    now = time.time() * 1000
    return [feed_frame(bar, server_ms=now) for bar in bars if bar.timeframe != MINUTE]


def outcome_update(signal_id: str, change: Change) -> OutcomeUpdate:
    """What became of an outcome, as the row of its signal takes it."""
    outcome = change.outcome
    closed = outcome.exit_ts is not None
    return OutcomeUpdate(
        signal_id=signal_id,
        state=outcome.status.name.lower(),
        entry=outcome.entry,
        r=outcome.r,
        exit=outcome.reason.name.lower() if closed else None,
        hold_bars=outcome.hold_bars,
        mfe=outcome.mfe if closed else None,
        mae=outcome.mae if closed else None,
        ambiguous=outcome.ambiguous,
        verdict=_verdict(outcome),
        known_at=_time(change.market_ms) if closed else None,
        matured_at=_time(outcome.matured_ts) if outcome.matured_ts is not None else None,
    )


def _verdict(outcome: Outcome) -> str | None:
    return None if outcome.verdict is None else outcome.verdict.name.lower()


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
