"""A broker's file into the journal: previewed line by line, then saved whole or not at all.

Importing a file again changes nothing; a longer export of the same account adds what is new and
completes what was open.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.db import transaction

from coach.signals.records import SignalRow
from coach.signals.selectors import decisions_between, get_signals
from feedback.journal import results
from feedback.journal.checking import problems
from feedback.journal.errors import InvalidTradeError, TradeConflictError, UnreadableFileError
from feedback.journal.formats.detection import detect
from feedback.journal.formats.reading import Draft, Format, Left, Wrong
from feedback.journal.formats.round_trips import round_trips
from feedback.journal.formats.table import read_lines
from feedback.journal.linking import WINDOW, match
from feedback.journal.records import TradeFacts
from feedback.journal.selectors import linked_signals, trade_facts
from feedback.journal.services import apply_facts
from feedback.models import Trade
from feedback.turns import lock, turn

MAX_TRADES: Final = 2_000

Status = Literal["new", "changed", "known", "deleted", "wrong", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """What becomes of some lines of the file; `line` is the first of them.

    `new` and `changed` are saved, `known` is there already as it is, `deleted` was taken out by the
    trader and stays out, `wrong` stops the import (`problems` by field), `left` is no trade of a
    stock (`note` says why).
    """

    line: int
    lines: tuple[int, ...]
    status: Status
    facts: TradeFacts | None = None
    signal: SignalRow | None = None
    problems: Mapping[str, str] | None = None
    note: str = ""
    r: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Every line of a file accounted for."""

    format: Format
    rows: Sequence[ImportRow]
    saved: bool

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many rows of each status."""
        return Counter(row.status for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Plan:
    report: ImportReport
    trades: Sequence[Trade]
    signals: Mapping[str, SignalRow]
    known_keys: frozenset[str]


def import_trades(
    *,
    user_id: str,
    text: str,
    zone: ZoneInfo,
    link: bool,
    save: bool,
    market_ts: datetime,
    latest: datetime,
) -> ImportReport:
    """Read a file and say what becomes of each line; with `save` keep it all.

    Args:
        zone: of the times in the file that name none.
        link: whether trades are joined to the alerts they were taken on (see `linking`).
        market_ts, latest: as in `services.add_trade`.

    Raises:
        UnreadableFileError: no format that is known, or too many trades.
        InvalidTradeError: to be saved with wrong lines in it; names `rows.LINE.FIELD`. Nothing was.
        TradeConflictError: the journal changed since the file was read; try again.
    """
    plan = _plan(user_id, text, zone, link=link, market_ts=market_ts, latest=latest)
    if not save:
        return plan.report
    wrong = {
        f"rows.{row.line}.{field}": message
        for row in plan.report.rows
        for field, message in (row.problems or {}).items()
    }
    if wrong:
        raise InvalidTradeError(wrong)
    _keep(user_id, plan, market_ts)
    return replace(plan.report, saved=True)


def _keep(user_id: str, plan: _Plan, market_ts: datetime) -> None:
    results.prepare(user_id, plan.signals, market_ts)
    with turn(), transaction.atomic():
        lock("journal", user_id)
        keys = [str(trade.import_key) for trade in plan.trades]
        there = Trade.objects.filter(user=user_id, import_key__in=keys)
        taken = linked_signals(user_id, list(plan.signals))
        fresh = {trade.pk for trade in plan.trades}
        if frozenset(there.values_list("import_key", flat=True)) != plan.known_keys or any(
            trade_id not in fresh for trade_id in taken.values()
        ):
            raise TradeConflictError("csv", "the journal has changed meanwhile; preview again")
        Trade.objects.bulk_create([trade for trade in plan.trades if trade._state.adding])  # noqa: SLF001
        for trade in plan.trades:
            if trade.import_key in plan.known_keys:
                trade.save()
        results.settle(user_id, plan.signals, market_ts)


def _plan(
    user_id: str,
    text: str,
    zone: ZoneInfo,
    *,
    link: bool,
    market_ts: datetime,
    latest: datetime,
) -> _Plan:
    format_, drafts, wrong, left = _read(text, zone)
    held = {
        str(trade.import_key): trade
        for trade in Trade.objects.filter(
            user=user_id, import_key__in=[draft.key for draft in drafts]
        )
    }
    alerts = _alerts(user_id, drafts, held) if link else {}
    rows = [_of_wrong(one) for one in wrong] + [_of_left(one) for one in left]
    trades: list[Trade] = []
    for draft in drafts:
        row, trade = _settle(draft, held.get(draft.key), alerts.get(draft.key), market_ts, latest)
        if trade is not None and row.facts is not None:
            trade.user_id = user_id
            apply_facts(trade, row.facts, row.signal, market_ts=market_ts)
            trades.append(trade)
            row = replace(row, r=trade.r)
        rows.append(row)
    report = ImportReport(format=format_, rows=sorted(rows, key=_by_line), saved=False)
    signals = {row.signal.id: row.signal for row in rows if row.signal is not None}
    written = {str(trade.import_key) for trade in trades}
    return _Plan(report, trades, signals, frozenset(written & held.keys()))


def _read(text: str, zone: ZoneInfo) -> tuple[Format, list[Draft], list[Wrong], list[Left]]:
    format_, table = detect(read_lines(text))
    reading = format_.read(table, zone)
    trips, unopened = round_trips(reading.fills, format_id=format_.id)
    drafts = [*reading.drafts, *trips]
    if len(drafts) > MAX_TRADES:
        raise UnreadableFileError(f"{len(drafts)} trades, at most {MAX_TRADES} at once")
    return format_, drafts, reading.wrong, [*reading.left, *unopened]


def _alerts(
    user_id: str, drafts: Sequence[Draft], held: Mapping[str, Trade]
) -> dict[str, SignalRow]:
    """The alerts that the new ones among the trades were taken on."""
    new = {draft.key: draft.facts for draft in drafts if draft.key not in held}
    if not new:
        return {}
    times = [facts.entry_ts for facts in new.values()]
    decisions = decisions_between(
        [user_id], since=min(times) - 2 * WINDOW, until=max(times), delivered=True
    )
    symbols = {facts.symbol for facts in new.values()}
    alerts = [one.signal for one in decisions if one.signal.symbol in symbols]
    return match(new, alerts, taken=linked_signals(user_id, [alert.id for alert in alerts]))


def _settle(
    draft: Draft,
    held: Trade | None,
    alert: SignalRow | None,
    market_ts: datetime,
    latest: datetime,
) -> tuple[ImportRow, Trade | None]:
    """What becomes of a trade of the file, and the row to write where one is."""
    digest = _digest(draft.facts)
    row = ImportRow(line=draft.lines[0], lines=draft.lines, status="new", facts=draft.facts)
    found = problems(draft.facts, latest=latest)
    if found:
        return replace(row, status="wrong", problems=found), None
    if held is None:
        facts = draft.facts
        if alert is not None:
            facts = replace(facts, signal_id=alert.id, planned=True)
        trade = Trade(
            market_ts=market_ts,
            source=Trade.Source.IMPORT,
            import_key=draft.key,
            import_hash=digest,
        )
        return replace(row, facts=facts, signal=alert), trade
    if held.deleted_at is not None:
        return replace(row, status="deleted"), None
    if held.import_hash == digest:
        return replace(row, status="known", facts=trade_facts(held), r=held.r), None
    held.import_hash = digest
    facts = _merged(draft.facts, trade_facts(held))
    signal = get_signals([facts.signal_id]).get(facts.signal_id) if facts.signal_id else None
    return replace(row, status="changed", facts=facts, signal=signal), held


def _merged(told: TradeFacts, kept: TradeFacts) -> TradeFacts:
    """What the file now says, with what the trader has added to the trade since."""
    return replace(
        told,
        stop=kept.stop if told.stop is None else told.stop,
        tags=told.tags or kept.tags,
        notes=told.notes or kept.notes,
        planned=kept.planned,
        signal_id=kept.signal_id,
    )


def _digest(facts: TradeFacts) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _of_wrong(one: Wrong) -> ImportRow:
    return ImportRow(
        line=one.line, lines=(one.line,), status="wrong", problems={one.field: one.message}
    )


def _of_left(one: Left) -> ImportRow:
    return ImportRow(line=one.line, lines=(one.line,), status="left", note=one.reason)


def _by_line(row: ImportRow) -> tuple[int, ...]:
    return row.lines
