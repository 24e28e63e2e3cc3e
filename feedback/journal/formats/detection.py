"""Which broker's file this is, by its header (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from feedback.journal.errors import UnreadableFileError
from feedback.journal.formats import generic, interactive_brokers, thinkorswim
from feedback.journal.formats.reading import Format
from feedback.journal.formats.table import Line, Table, header, normal

FORMATS: Final = (
    interactive_brokers.ACTIVITY,
    interactive_brokers.FLEX,
    thinkorswim.FORMAT,
    generic.FORMAT,
)


def detect(lines: Sequence[Line]) -> tuple[Format, Table]:
    """The first format whose header is in the file.

    Raises:
        UnreadableFileError: none is; names the nearest and the columns that it lacks.
    """
    for format_ in FORMATS:
        table = format_.find(lines)
        if table is not None:
            return format_, table
    raise UnreadableFileError(_lacks(lines))


def _lacks(lines: Sequence[Line]) -> str:
    """The columns that the likeliest format misses in the likeliest header."""
    best, nearest, there = 0, generic.FORMAT, set[str]()
    for format_ in reversed(FORMATS):
        for line in lines[:200]:
            found = {name for name in format_.columns if normal(name) in header(line.cells)}
            if len(found) > best:
                best, nearest, there = len(found), format_, found
    missing = [name for name in nearest.columns if name not in there]
    known = "; ".join(format_.title for format_ in FORMATS)
    return f"nearest is {nearest.title!r}, without its columns {', '.join(missing)}. Known: {known}"
