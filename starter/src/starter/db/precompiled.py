"""Single statements at the speed of the driver, for the few views that are asked most.

Through ``connection.execute()`` a statement costs some 70 µs more than it takes the driver, and
each row 0.2 µs more. Here the SQL that SQLAlchemy compiles goes straight to a cursor of the driver;
values, NULLs and errors are the same. Whatever cannot be served so is executed as ever: parameters
that are converted or change the SQL (an expanding IN), defaults that Python computes, and where
statements are logged by the engine (``echo``) or listened to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Dialect, Engine, Insert, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .engines import Database
from .scope import current

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Precompiled(Generic[*Ts]):
    """A select of columns that is compiled once, and whose rows are the driver's own tuples.

    :param statement: what to select, its parameters by ``bindparam()``.
    :raises TypeError: it selects entities, which only a session can make.
    """

    def __init__(self, statement: Select[*Ts]) -> None:
        described = statement.column_descriptions
        if not all(isinstance(column["type"], TypeEngine) for column in described):
            raise TypeError("This selects more than columns. Did you mean Session.scalars()?")
        self.statement = statement
        types = [column.type for column in statement.selected_columns]
        self.plans = _Plans(statement, types, whole=len(types) == len(described))

    def all(self, **parameters: Any) -> Sequence[tuple[*Ts]]:
        """Return all rows; the connection is back in the pool by then.

        :param parameters: a value for each ``bindparam()``.
        :raises sqlalchemy.exc.SQLAlchemyError: as ``connection.execute()`` does.
        """
        database = current().database
        plan = self.plans.direct(database, database.reader, parameters)
        if plan is None:
            with database.read() as connection:
                return connection.execute(self.statement, parameters).all()
        return plan.ask(database.reader, parameters, plan.rows)


class PrecompiledWrite:
    """An insert, update or delete of rows that is compiled once, and committed when it returns.

    :param statement: what to write, its values by ``bindparam()``.
    """

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self.statement = statement
        key = [column.type for column in statement.table.primary_key]
        whole = len(key) == 1 and not statement.returning_column_descriptions
        self.plans = _Plans(statement, key, whole=whole)

    def key(self, **values: Any) -> Any:
        """Insert a row and return its key, which the database gives.

        :raises sqlalchemy.exc.SQLAlchemyError: as ``connection.execute()`` does.
        """
        database = current().database
        plan = self.plans.direct(database, database.writer, values)
        if plan is None or plan.key is None:
            with database.write() as connection:
                inserted: Any = connection.execute(self.statement, values)
                return inserted.inserted_primary_key[0]
        return plan.ask(database.writer, values, plan.key)

    def count(self, **values: Any) -> int:
        """Update or delete, and return how many rows were met.

        :raises sqlalchemy.exc.SQLAlchemyError: as ``connection.execute()`` does.
        """
        database = current().database
        plan = self.plans.direct(database, database.writer, values)
        if plan is None:
            with database.write() as connection:
                return connection.execute(self.statement, values).rowcount
        return plan.ask(database.writer, values, lambda cursor: int(cursor.rowcount))


class _Plans:
    """What a statement comes to with each driver.

    :param types: of the columns that come back.
    :param whole: nothing else comes back.
    """

    def __init__(self, statement: Any, types: list[Any], *, whole: bool) -> None:
        self.statement = statement
        self.types = types
        self.plain = whole and not statement.get_execution_options()
        self.plans: WeakKeyDictionary[Dialect, _Plan] = WeakKeyDictionary()

    def direct(self, database: Database, engine: Engine, given: dict[str, Any]) -> _Plan | None:
        """Return the plan for an engine, where the statement can go straight to its driver."""
        plan = self.plans.get(engine.dialect)
        if plan is None:
            compiled = self.statement.compile(dialect=engine.dialect)
            plan = self.plans[engine.dialect] = _Plan(compiled, self.types)
        # The names here and below that begin with _ are not documented: they are how connect() and
        # execute() do the same, and the tests compare what comes of it.
        watched = database.joined or engine._has_events or engine._should_log_info()
        able = self.plain and plan.able and given.keys() == plan.names
        return plan if able and not watched else None


class _Plan:
    """A statement as one driver takes it.

    :ivar able: nothing has to be done with its parameters.
    :ivar names: of the parameters that a call has to give.
    :ivar key: takes the key of an inserted row from a cursor, if the driver tells it.
    """

    def __init__(self, compiled: SQLCompiler, types: list[Any]) -> None:
        self.dialect = compiled.dialect
        self.sql = str(compiled)
        self.order = compiled.positiontup
        self.types = types
        self.converters: list[Callable[[Any], Any] | None] | None = None
        parameters = {name: bind for bind, name in compiled.bind_names.items()}
        self.names = frozenset(name for name, bind in parameters.items() if bind.required)
        self.constants = {name: bind.value for name, bind in parameters.items()}
        self.able = not (
            compiled.escaped_bind_names
            or compiled.insert_prefetch
            or compiled.update_prefetch
            or any(
                bind.expanding
                or bind.literal_execute
                or bind.callable
                or bind.type.dialect_impl(self.dialect).bind_processor(self.dialect)
                for bind in parameters.values()
            )
        )
        self.key: Callable[[Any], Any] | None = None
        if compiled.implicit_returning:
            self.key = lambda cursor: self.rows(cursor)[0][0]
        elif compiled.postfetch_lastrowid:
            self.key = lambda cursor: cursor.lastrowid

    def ask(self, engine: Engine, given: dict[str, Any], take: Callable[[Any], T]) -> T:
        """Execute the statement on a connection of the pool, and return what is taken from it.

        :param take: what is wanted of the cursor.
        """
        values: Any = self.constants | given
        if self.order is not None:  # the driver takes them by position
            values = tuple(values[name] for name in self.order)
        try:
            pooled = engine.raw_connection()
        except self.dialect.loaded_dbapi.Error as error:
            Connection._handle_dbapi_exception_noconnection(error, self.dialect, engine)
        cursor = None
        try:
            cursor = pooled.cursor()
            self.execute(cursor, values)
            taken = take(cursor)
            cursor.close()
        except self.dialect.loaded_dbapi.Error as error:
            with Connection(engine, pooled) as connection:
                connection._handle_dbapi_exception(error, self.sql, values, cursor, None)
        except BaseException:  # a worker is told to end: nobody knows what was still to come
            pooled.invalidate()
            raise
        finally:
            pooled.close()
        return taken

    def execute(self, cursor: Any, values: Any) -> None:
        for listener in self.dialect.dispatch.do_execute:
            if listener(cursor, self.sql, values, None):
                return
        self.dialect.do_execute(cursor, self.sql, values)

    def rows(self, cursor: Any) -> Sequence[Any]:
        """Return all rows, their values converted where a type asks for it."""
        using = self.converters
        if using is None:  # what the driver tells of a column is needed for it
            using = self.converters = [
                type_.dialect_impl(self.dialect).result_processor(self.dialect, column[1])
                for type_, column in zip(self.types, cursor.description, strict=True)
            ]
        rows: Sequence[Any] = cursor.fetchall()
        if not any(using):
            return rows
        return [
            tuple(
                convert(value) if convert else value
                for convert, value in zip(using, row, strict=True)
            )
            for row in rows
        ]
