"""A select at the speed of the driver, for the few views that are asked most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVarTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .scope import current

Ts = TypeVarTuple("Ts")


class Precompiled(Generic[*Ts]):
    """A select of columns that is compiled once, and whose rows are the driver's own tuples.

    Through ``connection.execute()`` a statement costs some 70 µs more than it takes the driver,
    and each row 0.2 µs more. Here the same SQL goes straight to a cursor of the driver; values,
    NULLs and errors are the same. Whatever cannot be served so is executed as ever: parameters
    that are converted or change the SQL (an expanding IN), and where statements are logged by the
    engine (``echo``) or listened to.

    :param statement: what to select, its parameters by ``bindparam()``.
    :raises TypeError: it selects entities, which only a session can make.
    """

    def __init__(self, statement: Select[*Ts]) -> None:
        if not all(isinstance(got["type"], TypeEngine) for got in statement.column_descriptions):
            raise TypeError("This selects more than columns. Did you mean Session.scalars()?")
        self.statement = statement
        self.plans: WeakKeyDictionary[Dialect, _Plan] = WeakKeyDictionary()

    def all(self, **parameters: Any) -> Sequence[tuple[*Ts]]:
        """Return all rows; the connection is back in the pool by then.

        :param parameters: a value for each ``bindparam()``.
        :raises sqlalchemy.exc.SQLAlchemyError: as ``connection.execute()`` does.
        """
        database = current().database
        engine = database.reader
        plan = self.plans.get(engine.dialect)
        if plan is None:
            plan = self.plans[engine.dialect] = _Plan(self.statement, engine.dialect)
        # The names that begin with _ are not documented: they are how connect() and execute() do
        # the same, and the tests compare what comes of it.
        watched = database.joined or engine._has_events or engine._should_log_info()
        if not plan.direct or watched or parameters.keys() != plan.names:
            with database.read() as connection:
                return connection.execute(self.statement, parameters).all()
        values = plan.values(parameters)
        try:
            pooled = engine.raw_connection()
        except engine.dialect.loaded_dbapi.Error as error:
            Connection._handle_dbapi_exception_noconnection(error, engine.dialect, engine)
        cursor = None
        try:
            cursor = pooled.cursor()
            plan.execute(cursor, values)
            rows = plan.rows(cursor)
            cursor.close()
        except engine.dialect.loaded_dbapi.Error as error:
            with Connection(engine, pooled) as connection:
                connection._handle_dbapi_exception(error, plan.sql, values, cursor, None)
        except BaseException:  # a worker is told to end: nobody knows what was still to come
            pooled.invalidate()
            raise
        finally:
            pooled.close()
        return rows


class _Plan:
    """What a statement comes to with one driver.

    :ivar direct: it can go straight to a cursor of the driver.
    :ivar names: of the parameters that a call has to give.
    """

    def __init__(self, statement: Select[*Ts], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.dialect = dialect
        self.sql = str(compiled)
        self.order = compiled.positiontup
        self.types = [column.type for column in statement.selected_columns]
        self.converters: list[Callable[[Any], Any] | None] | None = None
        parameters = {name: bind for bind, name in compiled.bind_names.items()}
        self.names = frozenset(name for name, bind in parameters.items() if bind.required)
        self.constants = {name: bind.value for name, bind in parameters.items()}
        self.direct = (
            len(self.types) == len(statement.column_descriptions)
            and not statement.get_execution_options()
            and not compiled.escaped_bind_names
            and not any(
                bind.expanding
                or bind.literal_execute
                or bind.callable
                or bind.type.dialect_impl(dialect).bind_processor(dialect)
                for bind in parameters.values()
            )
        )

    def values(self, given: dict[str, Any]) -> Any:
        """Return the parameters as the driver takes them: by name or in their order."""
        values = self.constants | given
        return values if self.order is None else tuple(values[name] for name in self.order)

    def execute(self, cursor: Any, values: Any) -> None:
        for listener in self.dialect.dispatch.do_execute:
            if listener(cursor, self.sql, values, None):
                return
        self.dialect.do_execute(cursor, self.sql, values)

    def rows(self, cursor: Any) -> Sequence[Any]:
        if self.converters is None:  # what the driver tells of a column is needed for it
            self.converters = [
                type_.dialect_impl(self.dialect).result_processor(self.dialect, column[1])
                for type_, column in zip(self.types, cursor.description, strict=True)
            ]
        rows: Sequence[Any] = cursor.fetchall()
        using = self.converters
        if not any(using):
            return rows
        return [
            tuple(
                convert(value) if convert else value
                for convert, value in zip(using, row, strict=True)
            )
            for row in rows
        ]
