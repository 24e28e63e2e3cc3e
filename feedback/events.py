"""What this room announces inside the process. Higher rooms subscribe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.dispatch import Signal

Cause = Literal["label", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChange:
    """One user's label of one signal goes from `before` to `after` (None: no label).

    `feedback_id` is the row about to be written; `delivered` is None for a bar without a signal.
    """

    feedback_id: UUID
    cause: Cause
    user_id: str
    rule_id: str
    symbol: str
    timeframe: str
    seq: int
    signal_id: str | None
    session_date: date
    delivered: bool | None
    before: str | None
    after: str | None
    market_ts: datetime


# A label or undo was asked for and is in order. Sent with `user_id`, `rule_id` and `market_ts`
# before its transaction begins: what receivers will have to read they should read now, because on
# SQLite the transaction keeps every other writer waiting.
label_coming = Signal()
# A label is about to be written. Sent with `change: LabelChange` inside the label's transaction,
# before its row is written: a receiver still reads the state before, and what it writes stands or
# falls with the label. A receiver may answer with a JSON object for the reply to the user.
label_changing = Signal()
# A label was given, changed or undone. Sent after the commit with `feedback_id: UUID` and the same
# `change: LabelChange`.
feedback_saved = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultChange:
    """The R that the journal gives one user's signal goes from `before` to `after` (None: the
    automatic outcome counts). `session_date` is the signal's; `batch` names all changes of one
    transaction."""

    batch: str
    user_id: str
    signal_id: str
    rule_id: str
    session_date: date
    before: float | None
    after: float | None
    market_ts: datetime


# As with labels. Sent with `user_id`, `rule_ids: Collection[str]` and `market_ts` before the
# transaction begins.
results_coming = Signal()
# Sent with `changes: Sequence[ResultChange]`, all of one user, inside the transaction and before
# their rows are written.
results_changing = Signal()
# Sent after the commit with the same `changes`.
results_saved = Signal()
