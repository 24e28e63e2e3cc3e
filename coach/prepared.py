"""Statements of one shape, compiled once for the life of the process.

The ORM writes a query's SQL anew each time, which for a row by its key takes several times as long
as the database takes to find it. Where a request, or each bar, asks the same few questions, a
`Prepared` asks them with the ORM's own SQL and converters, and only the values change; a
`PreparedUpdate` does the same for an update, a `PreparedInsert` for new rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast

from django.db import connection
from django.db.models import AutoField, Model, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Rows = QuerySet[Any, tuple[Any, ...]]
Scalar = str | int | datetime | date
Value = Scalar | Collection[str] | Collection[int] | Collection[date]
# Kind and number of each value: what the SQL depends on. 0 is a value that stands alone.
Shape = tuple[tuple[type[Scalar], int], ...]


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL, its parameters (`blanks` says which value goes where) and how columns are read."""

    sql: str
    parameters: Sequence[Any]
    blanks: Mapping[int, int]
    converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]

    def filled(self, scalars: Sequence[Scalar]) -> list[Any]:
        """The parameters with these values."""
        parameters = list(self.parameters)
        for position, number in self.blanks.items():
            parameters[position] = _adapted(scalars[number])
        return parameters


class _Shaped(ABC):
    """A statement for each shape that its values come in."""

    def __init__(self) -> None:
        self._statements: Final[dict[Shape, _Statement]] = {}

    @abstractmethod
    def _compiler(self, arguments: Sequence[object]) -> SQLCompiler:
        """The ORM's compiler of the query for these arguments."""

    def _for(self, values: Sequence[Value]) -> tuple[_Statement, list[Any]] | None:
        """The statement and its parameters; None when a collection is empty."""
        shape, scalars = _unfolded(values)
        if shape is None:
            return None
        statement = self._statements.get(shape)
        if statement is None:
            arguments, blanks = _blanks(shape)
            statement = self._statements[shape] = _compiled(self._compiler(arguments), blanks)
        return statement, statement.filled(scalars)


class Prepared(_Shaped):
    """A query of tuples (`values_list`) for values that are text, whole numbers, times or dates.

    `rows` makes the query of its arguments, one for each value. They must stand in comparisons with
    columns of their kind, each once, and nothing else about the query may depend on them. A
    collection stands in an `__in` that all rows must pass: an empty one finds nothing.
    """

    def __init__(self, rows: Callable[..., Rows]) -> None:
        super().__init__()
        self._rows: Final = rows

    def __call__(self, *values: Value) -> list[tuple[Any, ...]]:
        """The rows for these values."""
        ready = self._for(values)
        if ready is None:
            return []
        statement, parameters = ready
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return [_read(row, statement) for row in found] if statement.converters else found

    def _compiler(self, arguments: Sequence[object]) -> SQLCompiler:
        compiler: SQLCompiler = self._rows(*arguments).query.get_compiler(connection=connection)
        return compiler


class PreparedUpdate(_Shaped):
    """An update. `change` makes of its arguments, one for each value, the rows and what their
    columns become; what `Prepared` says of arguments holds here too."""

    def __init__(
        self, change: Callable[..., tuple[QuerySet[Any, Any], Mapping[str, object]]]
    ) -> None:
        super().__init__()
        self._change: Final = change

    def __call__(self, *values: Value) -> int:
        """Update; the number of rows found."""
        ready = self._for(values)
        if ready is None:
            return 0
        statement, parameters = ready
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            return int(cursor.rowcount)

    def _compiler(self, arguments: Sequence[object]) -> SQLCompiler:
        rows, columns = self._change(*arguments)
        query = cast("UpdateQuery", rows.query.chain(UpdateQuery))
        query.add_update_values(dict(columns))
        compiler: SQLCompiler = query.get_compiler(connection=connection)
        return compiler


class PreparedInsert:
    """New rows of a model whose instances carry all values themselves, but for a key that the
    database counts up. As `bulk_create`, no signals are sent.

    `ignore_conflicts`: a row that breaks a uniqueness is left out.
    """

    def __init__(self, model: type[Model], *, ignore_conflicts: bool = False) -> None:
        self._table: Final = model._meta.db_table
        self._fields: Final = [
            field for field in model._meta.concrete_fields if not isinstance(field, AutoField)
        ]
        self._ending: Final = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""

    def __call__(self, rows: Sequence[Model]) -> None:
        """Insert; the caller's instances do not learn a key that the database gave."""
        if not rows:
            return
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        values = ", ".join(["%s"] * len(self._fields))
        # Names come from the model; every value is a parameter.
        sql = f"INSERT INTO {quote(self._table)} ({columns}) VALUES ({values}){self._ending}"  # noqa: S608
        parameters = [
            [
                field.get_db_prep_save(field.pre_save(row, add=True), connection)
                for field in self._fields
            ]
            for row in rows
        ]
        with connection.cursor() as cursor:
            cursor.executemany(sql, parameters)


def _unfolded(values: Sequence[Value]) -> tuple[Shape | None, list[Scalar]]:
    """The values' shape and all scalars in a row; no shape when a collection is empty.

    A collection is filled up to a power of two with its last member, so that there are few shapes.
    """
    shape: list[tuple[type[Scalar], int]] = []
    scalars: list[Scalar] = []
    for value in values:
        if isinstance(value, str | int | date):
            shape.append((_kind(value), 0))
            scalars.append(value)
            continue
        members: list[Scalar] = list(value)
        if not members:
            return None, []
        count = 1 << (len(members) - 1).bit_length()
        shape.append((_kind(members[-1]), count))
        scalars += [*members, *[members[-1]] * (count - len(members))]
    return tuple(shape), scalars


def _kind(value: Scalar) -> type[Scalar]:
    """The column's kind; a datetime is also a date."""
    return next(kind for kind in (str, int, datetime, date) if isinstance(value, kind))


def _blanks(shape: Shape) -> tuple[list[object], list[Scalar]]:
    """Arguments that can be told from all else in the SQL's parameters; all of them in a row."""
    blanks: list[Scalar] = []
    arguments: list[object] = []
    for kind, count in shape:
        first = len(blanks)
        blanks += [_blank(kind, first + offset) for offset in range(max(1, count))]
        arguments.append(blanks[first:] if count else blanks[first])
    return arguments, blanks


def _blank(kind: type[Scalar], number: int) -> Scalar:
    """What no value is: no text that a user can give holds a NUL, no market is that old."""
    if kind is str:
        return f"\x00{number}"
    if kind is int:
        return -(1 << 62) + number
    if kind is datetime:
        return datetime(2, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
    return date.fromordinal(number + 1)


def _compiled(compiler: SQLCompiler, blanks: Sequence[Scalar]) -> _Statement:
    sql, parameters = compiler.as_sql()
    wanted = {_adapted(blank): number for number, blank in enumerate(blanks)}
    places = {at: wanted[each] for at, each in enumerate(parameters) if each in wanted}
    if sorted(places.values()) != list(range(len(blanks))):
        raise ValueError("each value must stand in one comparison with a column of its kind")
    return _Statement(
        sql=sql,
        parameters=parameters,
        blanks=places,
        converters=compiler.get_converters([column for column, *_ in compiler.select or ()]),
    )


def _adapted(value: Scalar) -> Any:  # noqa: ANN401  whatever the driver takes
    """As the ORM gives it to the database's driver."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _read(row: tuple[Any, ...], statement: _Statement) -> tuple[Any, ...]:
    values = list(row)
    for position, (convert, column) in statement.converters.items():
        for one in convert:
            values[position] = one(values[position], column, connection)
    return tuple(values)
