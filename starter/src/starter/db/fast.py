"""A select at the speed of the driver, for a hot query.

``connection.execute()`` takes some 70 µs longer than the driver, and 0.2 µs more for each row. Here
the SQL that SQLAlchemy compiled once goes straight to a cursor of the driver. Values and errors are
those of SQLAlchemy, but listeners of the engine do not hear of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVarTuple

from sqlalchemy import Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from .scope import current
from .statements import timed

Ts = TypeVarTuple("Ts")
echo = logging.getLogger("sqlalchemy.engine")


def fetch_all(statement: Select[*Ts], parameters: Mapping[str, Any]) -> Sequence[tuple[*Ts]]:
    """Return all rows of a select of columns; the connection is back in the pool by then.

    A statement is compiled once, so it belongs at the top of a module. One with parameters that
    SQLAlchemy has to convert or expand is executed by SQLAlchemy.

    :param statement: with a ``bindparam()`` for each parameter.
    :raises TypeError: it selects entities, which only a session can make.
    :raises sqlalchemy.exc.SQLAlchemyError: as ``connection.execute()`` does.
    """
    scope = current()
    database, unit_of_work = scope.database, scope.unit_of_work()
    dialect: Any = database.reader.dialect
    plan = _plan(statement, dialect)
    if not plan.direct or database.joined or unit_of_work or echo.isEnabledFor(logging.INFO):
        with database.read(unit_of_work) as connection:
            return connection.execute(statement, parameters).all()
    values = plan.values(parameters)
    pooled = None
    try:
        pooled = database.reader.raw_connection()
        cursor = pooled.cursor()
        timed(dialect.do_execute, cursor, plan.sql, values)
        rows = plan.converted(cursor.fetchall(), cursor.description)
        cursor.close()
    except BaseException as error:
        if pooled:  # nobody knows what is still to come on it
            pooled.invalidate(error)
        base = dialect.loaded_dbapi.Error
        if not isinstance(error, base):
            raise
        raise DBAPIError.instance(
            plan.sql, values, error, base, True, connection_invalidated=True, dialect=dialect
        ) from error
    finally:
        if pooled:
            pooled.close()
    return rows


class _Plan:
    """A select as the driver of a dialect takes it."""

    def __init__(self, statement: Select[*Ts], dialect: Dialect) -> None:
        if not all(isinstance(each["type"], TypeEngine) for each in statement.column_descriptions):
            raise TypeError("This selects entities. Did you mean Session.scalars()?")
        self.dialect = dialect
        self.compiled = statement.compile(dialect=dialect)
        self.sql = str(self.compiled)
        self.types = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        self.converters: list[Callable[[Any], Any] | None] | None = None
        self.direct = len(self.types) == len(statement.column_descriptions) and not any(
            not name.isidentifier()  # some drivers need another one
            or bind.expanding
            or bind.literal_execute
            or bind.type.dialect_impl(dialect).bind_processor(dialect)
            for bind, name in self.compiled.bind_names.items()
        )

    def values(self, parameters: Mapping[str, Any]) -> Any:
        values = self.compiled.construct_params(dict(parameters))
        order = self.compiled.positiontup
        return values if order is None else tuple(values[name] for name in order)

    def converted(self, rows: Sequence[Any], description: Any) -> Sequence[Any]:
        if self.converters is None:  # some depend on the type that the driver reports
            self.converters = [
                type.result_processor(self.dialect, column[1])
                for type, column in zip(self.types, description, strict=True)
            ]
        if not any(self.converters):
            return rows
        return [
            tuple(f(value) if f else value for f, value in zip(self.converters, row, strict=True))
            for row in rows
        ]


_plan = lru_cache(maxsize=512)(_Plan)
