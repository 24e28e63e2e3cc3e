"""What became of a signal, in its row's columns: how it goes forward, and how it is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection

from coach.prepared import Prepared
from coach.signals.models import Signal
from coach.signals.records import OutcomeUpdate

COLUMNS = {
    "state": "outcome_state",
    "entry": "entry",
    "r": "outcome_r",
    "exit": "outcome_exit",
    "hold_bars": "outcome_hold_bars",
    "mfe": "outcome_mfe",
    "mae": "outcome_mae",
    "ambiguous": "outcome_ambiguous",
    "verdict": "outcome_verdict",
    "known_at": "outcome_known_at",
    "matured_at": "matured_at",
}
ORDER = {"pending": 0, "open": 1, "closed": 2, "none": 2}


_READ = tuple(
    field.attname
    for field in Signal._meta.concrete_fields
    if field.name in {"id", *COLUMNS.values()}
)
_outcomes_of = Prepared(
    lambda ids: Signal.objects.select_for_update().filter(pk__in=ids).values_list(*_READ)
)


def lock_outcomes(signal_ids: Collection[str]) -> dict[str, Signal]:
    """Signals by id, their outcomes loaded and nothing else; locked until the commit."""
    found = _outcomes_of(signal_ids)
    rows = [Signal.from_db(connection.alias, _READ, values) for values in found]
    return {row.pk: row for row in rows}


def is_forward(row: Signal, update: OutcomeUpdate) -> bool:
    """An outcome never goes back, and never changes once it has matured."""
    return row.matured_at is None and ORDER[update.state] >= ORDER[row.outcome_state]


def apply_outcome(row: Signal, update: OutcomeUpdate) -> set[str]:
    """Write the update's values into the row; the names of the columns that differ."""
    changed = set()
    for name, column in COLUMNS.items():
        value = getattr(update, name)
        if name == "known_at":
            value = row.outcome_known_at or value
        if getattr(row, column) != value:
            setattr(row, column, value)
            changed.add(column)
    return changed


def write_outcomes(rows: Sequence[Signal]) -> None:
    """Write all columns of the rows' outcomes, with one statement for all rows.

    At a minute's close the ORM's own, one for each row, take longer to be written down than all
    signals take to be evaluated.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    wanted = frozenset(COLUMNS.values())
    fields = [field for field in Signal._meta.concrete_fields if field.name in wanted]
    columns = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    # Names come from the model; every value is a parameter.
    sql = f"UPDATE {quote(Signal._meta.db_table)} SET {columns} WHERE id = %s"  # noqa: S608
    parameters = [
        [*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields),
         row.pk]
        for row in rows
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(sql, parameters)
