"""The labels of one user and signal: rows are only ever appended, the last one counts (pure).

A label row carries a label. An undo row names the row it undoes and repeats the label that counted
before that one, so that whoever reads the last row alone is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID


class ChainRow(Protocol):
    """What the chain needs to know of a row."""

    @property
    def id(self) -> UUID: ...
    @property
    def undoes_id(self) -> UUID | None: ...


Row = TypeVar("Row", bound=ChainRow)


def standing(rows: Iterable[Row]) -> list[Row]:
    """The label rows that no undo has taken back, oldest first; the last one counts.

    `rows` in the order in which they were appended. Raises ValueError for an undo of anything but
    the row that counted then.
    """
    stack: list[Row] = []
    for row in rows:
        if row.undoes_id is None:
            stack.append(row)
        elif stack and stack[-1].id == row.undoes_id:
            stack.pop()
        else:
            raise ValueError(f"undoes: row {row.id} undoes {row.undoes_id}, which did not count")
    return stack
