"""Writes of this room: give a label, take it back.

Append-only: a change and an undo are further rows. What else a label moves (score, ledger,
announcement) is written by the receivers of `label_changing` in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from django.db import transaction

from coach.prepared import Prepared
from feedback import slots
from feedback.chain import standing
from feedback.errors import FeedbackConflictError, InvalidFeedbackError, NoDecisionError
from feedback.events import Cause, LabelChange, feedback_saved, label_changing, label_coming
from feedback.models import Feedback, IdempotencyKey
from feedback.selectors import FeedbackRow, chain, feedback_row, get_feedback
from feedback.target import Target, TargetName, check_name, resolve
from feedback.turns import lock, turn
from observability import metrics

MAX_NOTES: Final = 2_000
MAX_KEY: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelResult:
    """What became of a label.

    `feedback` is the row whose label counts now, None when an undo left no label. `created` is
    False when nothing had to be written: the same label again, or a request answered before.
    `effects` holds what the receivers of `label_changing` answered: JSON, the same again for the
    same idempotency key.
    """

    feedback: FeedbackRow | None
    created: bool
    effects: Mapping[str, Any]


def give_label(  # noqa: PLR0913  the fields of the request, by name
    *,
    user_id: str,
    label: str,
    market_ts: datetime,
    signal_id: str | None = None,
    symbol: str | None = None,
    timeframe: str | None = None,
    seq: int | None = None,
    rule_id: str | None = None,
    notes: str = "",
    idempotency_key: str | None = None,
) -> LabelResult:
    """Label a signal that was decided for this user; the last label counts.

    The target is `signal_id`, or `symbol`, `timeframe` (default 1m), `seq` and `rule_id`. `missed`
    may also mark a bar on which the rule did not fire. `market_ts` is the market clock at receipt.

    Raises:
        InvalidFeedbackError: a value out of bounds; names the field.
        NoDecisionError: no decision of this user for it, and not a bar marked as missed.
        FeedbackConflictError: the idempotency key was used for another request.
    """
    name = TargetName(
        signal_id=signal_id, symbol=symbol, timeframe=timeframe, seq=seq, rule_id=rule_id
    )
    _check(label=label, notes=notes, key=idempotency_key)
    check_name(name)
    body = _hash({**name.fields(), "label": label, "notes": notes})
    # Read before BEGIN: signals and decisions never change, and a write lock must stay short.
    try:
        target = resolve(user_id, name, label=label)
    except NoDecisionError:
        # What was answered once is answered again, and another request under its key refused.
        answered = _answered(user_id, idempotency_key, body)
        if answered is None:
            raise
        return answered
    _prepare(target, market_ts)
    with turn(), transaction.atomic():
        if idempotency_key is not None:
            lock("key", user_id, idempotency_key)
            answered = _answered(user_id, idempotency_key, body)
            if answered is not None:
                return answered
        result = _append(target, label=label, notes=notes, market_ts=market_ts)
        if idempotency_key is not None and result.feedback is not None:
            IdempotencyKey.objects.create(
                user_id=user_id,
                key=idempotency_key,
                body_hash=body,
                feedback_id=result.feedback.id,
                answer=dict(result.effects),
            )
    return result


def undo(*, user_id: str, feedback_id: UUID, market_ts: datetime) -> LabelResult:
    """Take back the label that counts; the one before it counts again, or none.

    Undoing the same row once more changes nothing and says what counts now.

    Raises:
        NoDecisionError: no label of this user with that id.
        FeedbackConflictError: another label has replaced it.
    """
    row = get_feedback(user_id, feedback_id)
    if row is None or row.undoes_id is not None:
        raise NoDecisionError("id", f"no label {feedback_id} of yours")
    target = Target.of_row(row)
    _prepare(target, market_ts)
    with turn(), transaction.atomic():
        lock("labels", user_id, target.rule_id)
        rows = chain(user_id, target.key)
        stack = standing(rows)
        if any(one.undoes_id == feedback_id for one in rows):
            return _unchanged(target, stack, market_ts)
        if stack[-1].id != feedback_id:
            raise FeedbackConflictError("id", f"replaced by {stack[-1].id}; undo that one first")
        restored = stack[-2] if len(stack) > 1 else None
        change = _change(target, "undo", row.label, _label(restored), market_ts)
        effects = _announce(change)
        _write(
            target,
            change,
            revision=len(rows) + 1,
            notes=restored.notes if restored else "",
            outcome_known=restored.outcome_known if restored else False,
            undoes=feedback_id,
        )
        if restored is None and target.signal_id is not None:
            slots.reopen_slot(user_id=user_id, signal_id=target.signal_id, at=market_ts)
    return LabelResult(feedback=restored, created=True, effects=effects)


def prune_keys(*, before: datetime) -> int:
    """Forget idempotency keys used before a wall time; how many."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=before).delete()
    return deleted


def _check(*, label: str, notes: str, key: str | None) -> None:
    if label not in Feedback.Label.values:
        raise InvalidFeedbackError("label", f"{label!r} is none of good, bad, late, missed")
    if len(notes) > MAX_NOTES:
        raise InvalidFeedbackError("notes", f"{len(notes)} characters, at most {MAX_NOTES}")
    if "\x00" in notes:
        raise InvalidFeedbackError("notes", "holds a NUL character")
    if key is not None and not (1 <= len(key) <= MAX_KEY and key.isprintable()):
        raise InvalidFeedbackError("Idempotency-Key", f"1 to {MAX_KEY} printable characters")


def _append(target: Target, *, label: str, notes: str, market_ts: datetime) -> LabelResult:
    """Write a label, unless it and its notes are those that count already."""
    lock("labels", target.user_id, target.rule_id)
    rows = chain(target.user_id, target.key)
    stack = standing(rows)
    if stack and (stack[-1].label, stack[-1].notes) == (label, notes):
        return _unchanged(target, stack, market_ts)
    before = _label(stack[-1] if stack else None)
    change = _change(target, "label", before, label, market_ts)
    effects = _announce(change)
    row = _write(
        target,
        change,
        revision=len(rows) + 1,
        notes=notes,
        outcome_known=target.outcome_known_by(market_ts),
    )
    if target.signal_id is not None:
        slots.close_slot(user_id=target.user_id, signal_id=target.signal_id, at=market_ts)
    return LabelResult(feedback=row, created=True, effects=effects)


def _unchanged(target: Target, stack: list[FeedbackRow], market_ts: datetime) -> LabelResult:
    """What counts already, with its effects as they are now."""
    top = stack[-1] if stack else None
    change = _change(target, "label", _label(top), _label(top), market_ts)
    if top is not None:
        change = replace(change, feedback_id=top.id)
    return LabelResult(feedback=top, created=False, effects=_ask(change))


def _label(row: FeedbackRow | None) -> str | None:
    return None if row is None else row.label


def _change(
    target: Target, cause: Cause, before: str | None, after: str | None, market_ts: datetime
) -> LabelChange:
    return LabelChange(
        feedback_id=uuid.uuid4(),
        cause=cause,
        user_id=target.user_id,
        rule_id=target.rule_id,
        symbol=target.symbol,
        timeframe=target.timeframe,
        seq=target.seq,
        signal_id=target.signal_id,
        session_date=target.session_date,
        delivered=target.delivered,
        before=before,
        after=after,
        market_ts=market_ts,
    )


def _prepare(target: Target, market_ts: datetime) -> None:
    label_coming.send(
        sender=None, user_id=target.user_id, rule_id=target.rule_id, market_ts=market_ts
    )


def _announce(change: LabelChange) -> dict[str, Any]:
    """Let the receivers write with the label, and tell them again once it is committed."""
    transaction.on_commit(lambda: _send_saved(change))
    return _ask(change)


def _ask(change: LabelChange) -> dict[str, Any]:
    answers = cast(
        "list[tuple[Any, Mapping[str, Any] | None]]",
        label_changing.send(sender=None, change=change),
    )
    return {name: value for _, answer in answers if answer for name, value in answer.items()}


def _send_saved(change: LabelChange) -> None:
    if change.cause == "label" and change.after is not None:
        metrics.feedback_labels_total.labels(change.rule_id, change.after).inc()
    feedback_saved.send(sender=None, feedback_id=change.feedback_id, change=change)


def _write(
    target: Target,
    change: LabelChange,
    *,
    revision: int,
    notes: str,
    outcome_known: bool,
    undoes: UUID | None = None,
) -> FeedbackRow:
    row = Feedback.objects.create(
        id=change.feedback_id,
        user_id=target.user_id,
        symbol=target.symbol,
        seq=target.seq,
        rule_id=target.rule_id,
        label=change.after,
        notes=notes,
        timeframe=target.timeframe,
        signal_id=target.signal_id,
        session_date=target.session_date,
        market_ts=change.market_ts,
        outcome_known=outcome_known,
        undoes_id=undoes,
        target=target.key,
        revision=revision,
        delivered=target.delivered,
    )
    return feedback_row(row)


def _answered(user_id: str, key: str | None, body: str) -> LabelResult | None:
    """The answer given to this key before, if there is one.

    Raises:
        FeedbackConflictError: it answered another request.
    """
    if key is None:
        return None
    for body_hash, feedback_id, answer in _of_key(user_id, key):
        if body_hash != body:
            raise FeedbackConflictError("Idempotency-Key", "was used for another request")
        return LabelResult(
            feedback=get_feedback(user_id, feedback_id), created=False, effects=answer
        )
    return None


_of_key = Prepared(
    lambda user_id, key: IdempotencyKey.objects.filter(user=user_id, key=key).values_list(
        "body_hash", "feedback_id", "answer"
    )
)


def _hash(request: Mapping[str, object]) -> str:
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
