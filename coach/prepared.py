"""Queries of one shape, compiled once for the life of the process.

The ORM writes a query's SQL anew each time, which for a row by its key takes several times as long
as the database takes to find it. Where a request asks the same few questions each time, a
`Prepared` asks them with the ORM's own SQL and converters, and only the values change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

Rows = QuerySet[Any, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL, its parameters (`blanks` says which value goes where) and how columns are read."""

    sql: str
    parameters: Sequence[Any]
    blanks: Mapping[int, int]
    converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]


class Prepared:
    """A query of tuples (`values_list`) for values that are text.

    `rows` makes the query of its arguments, one for each value. They must stand in comparisons with
    columns of text, each once, and nothing else about the query may depend on them.
    """

    def __init__(self, rows: Callable[..., Rows]) -> None:
        self._rows: Final = rows

    def __call__(self, *values: str) -> list[tuple[Any, ...]]:
        """The rows for these values."""
        statement = self._statement
        parameters = list(statement.parameters)
        for position, value in statement.blanks.items():
            parameters[position] = values[value]
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return [_read(row, statement) for row in found] if statement.converters else found

    @cached_property
    def _statement(self) -> _Statement:
        # No text that a user can give holds a NUL.
        blanks = [f"\x00{number}" for number, _ in enumerate(signature(self._rows).parameters)]
        compiler = self._rows(*blanks).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        if any(parameters.count(blank) != 1 for blank in blanks):
            raise ValueError("each value must stand in one comparison with a column of text")
        columns = [column for column, *_ in compiler.select]
        return _Statement(
            sql=sql,
            parameters=parameters,
            blanks={parameters.index(blank): value for value, blank in enumerate(blanks)},
            converters=compiler.get_converters(columns),
        )


def _read(row: tuple[Any, ...], statement: _Statement) -> tuple[Any, ...]:
    values = list(row)
    for position, (convert, column) in statement.converters.items():
        for one in convert:
            values[position] = one(values[position], column, connection)
    return tuple(values)
