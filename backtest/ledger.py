"""The parity ledger: each session of each symbol replayed, as received and as corrected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from backtest.models import ParityReport
from backtest.parity import (
    Cause,
    Changes,
    Difference,
    Fact,
    Facts,
    Key,
    cause_as_received,
    causes_corrected,
    differences,
)
from coach.engine.bars import Bars
from coach.engine.registry import RULES
from coach.engine.ruleset import compile_rules
from coach.engine.run import run
from coach.engine.triggers import read
from coach.engine.version import engine_version
from coach.market.calendars import DAY_MS, Session, session_on, sessions_before
from coach.market.fetching import keep
from coach.market.received import is_feed, receipts
from coach.market.selectors import (
    anchor_ms,
    data_range,
    get_instrument,
    list_symbols,
    load_bars,
    market_now,
)
from coach.market.services import vendor
from coach.market.sources.access import VendorError
from coach.market.sources.polygon import NAME as POLYGON
from coach.market.sources.polygon import Patience, Range
from coach.signals.records import SignalRow
from coach.signals.selectors import signals_between
from coach.signals.services import save_revision_verdicts

log = structlog.get_logger(__name__)

TIMEFRAME, MINUTE_MS = "1m", 60_000
SETTLED_MS = 30 * MINUTE_MS
"""After a session's close the vendor's corrections come for a while."""
SESSIONS_BACK = 3
MAX_DIFFERENCES = 200


class NoSessionError(LookupError):
    """The symbol had no session on that day, or live took none of its bars; says which."""


@dataclass(frozen=True, slots=True, eq=False)
class _Played:
    """A session's bars from its anchor on, both ways, and what live recorded."""

    session: Session
    received: Bars
    corrected: Bars
    complete_from: int | None
    taken: frozenset[int]
    span: tuple[int, int]

    def replay(self, bars: Bars) -> dict[Key, Fact]:
        """The triggers of the session, in the span that live was there for."""
        ruleset = compile_rules(RULES, timeframe=TIMEFRAME)
        found = run(bars, ruleset, self.span[0], self.span[1] + 1, complete_from=self.complete_from)
        version = engine_version()
        return {
            Key(each.seq, each.rule_id): Fact(
                each.direction.name.lower(),
                each.confidence,
                each.close,
                each.level,
                each.atr,
                each.warm,
                str(each.rule_version),
                version,
            )
            for each in read(found, ruleset)
        }


def run_parity(*, symbol: str, session_date: date, fetch: bool = True) -> ParityReport:
    """Replay a session and keep the result; again gives the same, from what is known then.

    Args:
        fetch: ask the vendor for the corrected bars, where the session came from it.

    Raises:
        UnknownSymbolError: there is no such instrument.
        NoSessionError: there is nothing to compare.
    """
    session = session_on(get_instrument(symbol).calendar, session_date)
    if session is None:
        raise NoSessionError(f"{symbol} had no session on {session_date}")
    got = receipts(symbol, TIMEFRAME, session.open_ms, session.close_ms)
    if not got.taken:
        raise NoSessionError(f"live took no bar of {symbol} on {session_date}")
    corrected = fetch and got.source == POLYGON and _fetch_again(symbol, session)
    if corrected:
        got = receipts(symbol, TIMEFRAME, session.open_ms, session.close_ms)
    played = _load(symbol, session, frozenset(got.taken))
    rows = signals_between(
        symbol=symbol, timeframe=TIMEFRAME, start_ms=session.open_ms, end_ms=session.close_ms
    )
    live = {Key(row.seq, row.rule_id): row for row in rows if row.origin == "live"}
    return _compare(symbol, played, live, got.late, source=got.source)


def _fetch_again(symbol: str, session: Session) -> bool:
    instrument = get_instrument(symbol)
    wanted = Range(
        symbol,
        instrument.vendor_ticker,
        TIMEFRAME,
        session.open_ms,
        session.close_ms,
        instrument.calendar,
    )
    try:
        source = vendor(patience=Patience(budget=20.0, timeout=10.0))
        try:
            keep(source, wanted)
        finally:
            source.close()
    except VendorError as error:
        log.warning("corrected_bars_not_fetched", range=str(wanted), error=str(error))
        return False
    return True


def _load(symbol: str, session: Session, taken: frozenset[int]) -> _Played:
    calendar = get_instrument(symbol).calendar
    anchor = anchor_ms(calendar, TIMEFRAME, session.open_ms)
    first = (data_range(symbol, TIMEFRAME) or (anchor, anchor))[0]
    return _Played(
        session,
        load_bars(symbol, TIMEFRAME, anchor, session.close_ms, version="received"),
        load_bars(symbol, TIMEFRAME, anchor, session.close_ms),
        anchor // DAY_MS if first < anchor else None,
        taken,
        (min(taken), max(taken)),
    )


def _compare(
    symbol: str,
    played: _Played,
    rows: Mapping[Key, SignalRow],
    late: Collection[int],
    *,
    source: str,
) -> ParityReport:
    live = {key: _fact(row) for key, row in rows.items()}
    # A bar that live never took cannot have fired there: as received, only taken bars count.
    replayed = {
        key: fact
        for key, fact in played.replay(played.received).items()
        if key.seq * MINUTE_MS in played.taken
    }
    first = differences(live, replayed)
    causes = {each.key: cause_as_received(each) for each in first}
    changes = Changes.between(played.received, played.corrected, late)
    again = played.replay(played.corrected)
    second = differences(live, again)
    found = causes_corrected(
        second,
        known=causes,
        received=played.received,
        corrected=played.corrected,
        changes=changes,
        replay=played.replay,
        step_ms=MINUTE_MS,
    )
    day = (played.session.open_ms, played.session.close_ms)
    report = {
        "source": source,
        "bars": len(played.taken),
        "revised_bars": _within(changes.revised, day),
        "late_bars": _within(changes.late, day),
        "missing_bars": _within(changes.missing, day),
        "live_signals": len(live),
        "replayed_signals": len(replayed),
        "matched": len(live) - sum(each.live is not None for each in first),
        "corrected_signals": len(again),
        "corrected_matched": len(live) - sum(each.live is not None for each in second),
        "received_differences": [
            each.as_json(causes[each.key]) for each in first[:MAX_DIFFERENCES]
        ],
        "corrected_differences": [
            each.as_json(cause)
            for each, cause in zip(second[:MAX_DIFFERENCES], found, strict=False)
        ],
        "received_causes": _counts(causes.values()),
        "corrected_causes": _counts(found),
        "engine_version": engine_version(),
        "computed_at": timezone.now(),
    }
    return _keep(symbol, played, report, _verdicts(rows, again, changes, second))


def _fact(row: SignalRow) -> Fact:
    return Fact(
        row.direction,
        row.confidence,
        row.price,
        row.level,
        row.atr,
        row.warm,
        row.rule_version,
        row.engine_version,
    )


def _counts(causes: Iterable[Cause]) -> dict[str, int]:
    return dict(sorted(Counter(each.value for each in causes).items()))


def _within(ts: Any, day: tuple[int, int]) -> int:  # noqa: ANN401  a column of times
    return int(((ts >= day[0]) & (ts < day[1])).sum())


def _verdicts(
    rows: Mapping[Key, SignalRow], again: Facts, changes: Changes, found: Collection[Difference]
) -> dict[str, str | None]:
    """Signal → whether it would still fire, for those whose bar was revised or that differ."""
    touched = {each.key for each in found} | {
        key for key, row in rows.items() if row.ts in set(changes.revised.tolist())
    }
    return {
        row.id: _verdict(row, again.get(key)) if key in touched else None
        for key, row in rows.items()
    }


def _verdict(row: SignalRow, again: Fact | None) -> str:
    fires = again is not None and again.direction == row.direction
    return "would_fire" if fires else "would_not"


def _keep(
    symbol: str, played: _Played, report: dict[str, Any], verdicts: Mapping[str, str | None]
) -> ParityReport:
    with transaction.atomic():
        kept, _ = ParityReport.objects.update_or_create(
            symbol=symbol, session_date=played.session.date, defaults=report
        )
        save_revision_verdicts(verdicts=verdicts)
    if kept.received_differences:
        log.error(
            "parity_broken",
            symbol=symbol,
            session=str(played.session.date),
            causes=str(kept.received_causes),
        )
    return kept


def due_sessions() -> list[tuple[str, date]]:
    """Sessions that have closed, that live took bars of, and that no report is of yet."""
    now = int(market_now().timestamp() * 1000) - SETTLED_MS
    found = []
    for symbol in list_symbols():
        calendar = get_instrument(symbol).calendar
        for session in sessions_before(calendar, now, SESSIONS_BACK):
            known = ParityReport.objects.filter(symbol=symbol, session_date=session.date)
            if session.close_ms > now or known.exists():
                continue
            if is_feed(symbol, TIMEFRAME, session.open_ms, session.close_ms):
                found.append((symbol, session.date))
    return found


def run_due() -> int:
    """Every session that is due; returns their number."""
    due = due_sessions()
    for symbol, day in due:
        run_parity(symbol=symbol, session_date=day)
    return len(due)
