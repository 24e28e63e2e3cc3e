"""What must hold when the dust has settled, read from the database: none lost, none twice.

Imported once Django is set up on the product's own DATA_DIR and database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from benchmarks.chaos.witnesses import Asked, Witnesses
from coach.engine.registry import RULES
from coach.engine.ruleset import compile_rules
from coach.engine.run import run
from coach.engine.triggers import read
from coach.live.cursor import read_progress
from coach.live.holders import is_gone, number_of
from coach.live.lease import holder_of
from coach.live.models import Lease
from coach.market.calendars import XNYS, session_table
from coach.market.models import ReceivedBar
from coach.market.selectors import clock_state, load_bars, market_now
from coach.market.sources.synthetic import make_session
from coach.signals.models import Decision, Outbox, Signal
from feedback.models import Feedback, IdempotencyKey
from learning import store
from learning.aggregates import Series
from learning.loop import SLACK
from learning.payload import metrics_payload
from learning.selectors import EVERYBODY, Pair, first_day_of, recount, view_of

SYMBOLS = ("AAPL", "SPY")
MINUTE_MS = 60_000


@dataclass(slots=True)
class Tally:
    """How much of one thing there is, is lacking, is there twice or ought not to be there."""

    name: str
    count: int
    lost: int
    twice: int
    examples: tuple[object, ...] = ()


def market_ms() -> int:
    """How far the shard has committed."""
    progress = read_progress("0/1", "synthetic")
    return 0 if progress is None else progress.market_ms


def lease_token() -> int:
    """The shard's lease: who takes it counts it up."""
    return Lease.objects.values_list("token", flat=True).get(shard="0/1")


def leader() -> int | None:
    """The process number of the live process that holds the shard's lease; None while none does."""
    holder = holder_of("0/1")
    return None if holder is None or is_gone(holder) else number_of(holder)


def last_n() -> int:
    """The number of the last decision."""
    return Decision.objects.order_by("-n").values_list("n", flat=True).first() or 0


def nothing_waits() -> bool:
    """Whether everything committed has been announced."""
    return not Outbox.objects.filter(published_at=None).exists()


def aggregates_agree(username: str, shown: Callable[[], Sequence[Mapping[str, Any]]]) -> bool:
    """Whether memory, Redis and database say the same of every rule: what the web process shows,
    what any process would take from Redis, and a count of the rows.

    False as well when a label or an outcome came in between: then look again.
    """
    user_id = str(get_user_model().objects.values_list("pk", flat=True).get(username=username))
    pairs = [(owner, rule_id) for owner in (user_id, EVERYBODY) for rule_id in RULES]
    rows = _counted(user_id, pairs)
    screen = {str(row["ruleId"]): dict(row) for row in shown()}
    entries = store.load(pairs)
    now = market_now()
    expected = {}
    for rule_id in RULES:
        payload = metrics_payload(view_of(user_id, rule_id, rows, now))
        expected[rule_id] = {name: payload[name] for name in ("score", "windows")}
    return (
        all(_taken(entry, rows[pair]) for pair, entry in entries.items())
        and all(screen[rule_id] | said == screen[rule_id] for rule_id, said in expected.items())
        and rows == _counted(user_id, pairs)
    )


def _counted(user_id: str, pairs: Sequence[Pair]) -> dict[Pair, Series]:
    first_day = first_day_of(market_now()) - SLACK
    found = recount(rule_ids=None, user_ids={user_id}, first_day=first_day, last_day=date.max)
    return {pair: found.get(pair, {}) for pair in pairs}


def _taken(entry: store.Entry, rows: Series) -> bool:
    """Whether a reader of this copy has the rows' figures: suspect days he counts himself."""
    own = {day for day, _ in entry.suspects} | entry.fired
    days = (entry.series.keys() | rows.keys()) - own
    return entry.version is not None and all(entry.series.get(d) == rows.get(d) for d in days)


def everything(witnesses: Witnesses) -> list[Tally]:
    """Bars, signals, decisions, labels and screens, each against what they must be."""
    until = market_ms()  # one time for all, and before anything is read
    return [_bars(until), _signals(until), _decisions(), _labels(witnesses), _screens(witnesses)]


def is_still() -> bool:
    """Whether everything up to the paused clock's time has been committed: pausing a market stops
    its clock at once, and what has come before is still on its way into the database."""
    clock = clock_state()
    return clock is not None and clock.paused and not _owed(market_ms(), clock.market_ms)


def _owed(committed_ms: int, now_ms: int) -> bool:
    """Whether a bar that closed in between is still to come. At a session's open, and while the
    feed loses minutes, none is."""
    until = now_ms - MINUTE_MS + 1
    if until <= committed_ms:
        return False
    every = (_given(symbol, committed_ms, until) for symbol in SYMBOLS)
    return any(given - excused for given, excused in every)


def _given(symbol: str, first_ms: int, end_ms: int) -> tuple[set[int], set[int]]:
    """The minutes that the synthetic market has between two times, and those of them that its feed
    loses, wholly or in part, and says so."""
    table = session_table(XNYS, first_ms, end_ms)
    minutes: set[int] = set()
    gaps: list[tuple[int, int]] = []
    for index in range(len(table)):
        made = make_session(
            seed=settings.ENV.SEED, symbol=symbol, calendar=XNYS, session=table.session(index)
        )
        minutes.update(int(ts) for ts in made.minutes.ts if first_ms <= ts < end_ms)
        gaps += made.gaps
    excused = {ts for ts in minutes if any(a < ts + MINUTE_MS and ts < b for a, b in gaps)}
    return minutes, excused


def _bars(until: int) -> Tally:
    tally = Tally("bars", 0, 0, 0)
    for symbol in SYMBOLS:
        rows = ReceivedBar.objects.filter(instrument=symbol, revision=0)
        first = rows.order_by("ts").values_list("ts", flat=True).first()
        bars = load_bars(symbol, "1m", first or 0, until, version="received")
        stored = Counter(int(ts) for ts in bars.ts)
        given, excused = _given(symbol, first or 0, until)
        lost = given - excused - stored.keys()
        tally.count += len(given)
        tally.lost += len(lost)
        tally.examples += tuple((symbol, ts) for ts in sorted(lost)[:3])
        tally.twice += len(stored.keys() - given) + sum(n - 1 for n in stored.values())
    return tally


def _signals(until: int) -> Tally:
    """Against a scan of the bars as received."""
    ruleset = compile_rules(RULES)
    tally = Tally("signals", 0, 0, 0)
    for symbol in SYMBOLS:
        live = Signal.objects.filter(symbol=symbol, timeframe="1m", ts__lt=until)
        stored = Counter(live.values_list("seq", "rule_id"))
        first = ReceivedBar.objects.filter(instrument=symbol).order_by("ts").first()
        bars = load_bars(symbol, "1m", 0, until, version="received")
        found = {
            (trigger.seq, trigger.rule_id)
            for trigger in read(run(bars, ruleset), ruleset)
            if first is not None and trigger.ts >= first.ts
        }
        tally.count += len(found)
        tally.lost += len(found - stored.keys())
        tally.examples += tuple((symbol, *key) for key in sorted(found - stored.keys())[:3])
        tally.twice += len(stored.keys() - found) + sum(n - 1 for n in stored.values())
    return tally


def _holes(numbers: Sequence[int]) -> int:
    return len(set(range(1, max(numbers, default=0) + 1)) - set(numbers))


def _decisions() -> Tally:
    rows = list(Decision.objects.values_list("n", "signal_id"))
    pairs = Counter(signal for _, signal in rows)
    signals = Signal.objects.count()
    lost = max(_holes([n for n, _ in rows]), signals - len(pairs))
    return Tally("decisions", len(rows), lost, sum(n - 1 for n in pairs.values()))


def _labels(witnesses: Witnesses) -> Tally:
    """Every acknowledged label is a row of its own and as it was asked for; every row is that of a
    key that was sent. Two keys in a row never ask for the same."""
    stored = {
        str(pk): Asked(str(signal_id), str(label))
        for pk, signal_id, label in Feedback.objects.values_list("pk", "signal_id", "label")
    }
    keys = IdempotencyKey.objects.filter(key__in=witnesses.asked)
    answered = {key: str(pk) for key, pk in keys.values_list("key", "feedback_id")}
    lost = {key: pk for key, pk in witnesses.labels.items() if pk not in stored}
    other = {
        key: pk
        for key, pk in witnesses.labels.items()
        if key not in lost and stored[pk] != witnesses.asked[key]
    }
    spare = stored.keys() - answered.values()
    of_row = Counter((answered | witnesses.labels).values())
    shared = {pk for pk, n in of_row.items() if n > 1}
    examples = [
        *(f"lost: {key} {pk}" for key, pk in sorted(lost.items())[:3]),
        *(f"not as asked: {key} {pk}" for key, pk in sorted(other.items())[:3]),
        *(f"one row for {key}: {pk}" for key, pk in witnesses.labels.items() if pk in shared),
    ]
    if spare:
        rows = Feedback.objects.filter(pk__in=spare).order_by("created_at")
        examples += [f"nobody's: {row.label} at {row.created_at}" for row in rows[:3]]
    twice = len(spare) + sum(of_row[pk] - 1 for pk in shared)
    return Tally("labels", len(stored), len(lost) + len(other), twice, tuple(examples))


def _screens(witnesses: Witnesses) -> Tally:
    truth = dict(Decision.objects.values_list("n", "pk"))
    tally = Tally(f"alerts on {len(witnesses.screens)} screens", 0, 0, 0)
    for screen in witnesses.screens:
        tally.count += len(screen.alerts)
        tally.lost += sum(screen.alerts.get(n) != pk for n, pk in truth.items())
        tally.twice += len(screen.twice) + len(screen.alerts.keys() - truth.keys())
    return tally
