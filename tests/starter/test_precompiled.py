"""A precompiled statement is a faster way to what connection.execute() does, and nothing else."""

from __future__ import annotations

import enum
import logging
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import in_use
from sqlalchemy import URL, Select, bindparam, event, exc, select
from sqlalchemy.dialects import postgresql

from starter import db
from starter.db.engines import Database
from starter.db.precompiled import Precompiled, PrecompiledWrite
from starter.models import Message


class Colour(enum.Enum):
    RED = "red"


class Reversed(sa.TypeDecorator[str]):
    """A type of the project's own, converted both ways, NULL too."""

    impl = sa.String(50)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        return value and value[::-1]

    def process_result_value(self, value: str | None, dialect: object) -> str:
        return value[::-1] if value else "nothing"


SOME_TIME = datetime(2026, 11, 22, 14, 37, 4)
VALUES: dict[str, tuple[sa.types.TypeEngine[Any], Any]] = {
    "integer": (sa.Integer(), -7),
    "big_integer": (sa.BigInteger(), 2**63 - 1),
    "small_integer": (sa.SmallInteger(), 3),
    "boolean": (sa.Boolean(), True),
    "float": (sa.Float(), 0.5),
    "double": (sa.Double(), 0.1),
    "numeric": (sa.Numeric(12, 4), Decimal("12.3400")),
    "numeric_as_float": (sa.Numeric(12, 4, asdecimal=False), 12.34),
    "string": (sa.String(20), "Grüße"),
    "text": (sa.Text(), "one\ntwo"),
    "unicode": (sa.Unicode(20), "日本"),
    "binary": (sa.LargeBinary(), b"\x00\xff"),
    "date": (sa.Date(), SOME_TIME.date()),
    "datetime": (sa.DateTime(), SOME_TIME),
    "datetime_with_zone": (sa.DateTime(timezone=True), SOME_TIME.replace(tzinfo=UTC)),
    "time": (sa.Time(), time(14, 37, 4)),
    "interval": (sa.Interval(), timedelta(days=2, seconds=3)),
    "enum": (sa.Enum(Colour), Colour.RED),
    "enum_of_text": (sa.Enum("a", "b", name="letters"), "a"),
    "json": (sa.JSON(), {"a": [1, None, "ü"]}),
    "uuid": (sa.Uuid(), uuid.UUID(int=5)),
    "uuid_as_text": (sa.Uuid(as_uuid=False), str(uuid.UUID(int=6))),
    "pickle": (sa.PickleType(), {"a": (1, 2)}),
    "decorated": (Reversed(), "abc"),
    "array_or_json": (sa.JSON().with_variant(postgresql.ARRAY(sa.Integer), "postgresql"), [1, 2]),
}
things = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, type_) for name, (type_, _value) in VALUES.items()),
)

PAGE = Precompiled(
    select(Message.id, Message.message)
    .where(Message.id > bindparam("after"))
    .order_by(Message.id)
    .limit(bindparam("limit"))
)


@pytest.fixture
def database(url: URL) -> Iterator[Database]:
    database = Database(url)
    things.metadata.create_all(database.engine)
    with database.engine.begin() as connection:
        row = {name: value for name, (_type, value) in VALUES.items()}
        # In bulk, JSON would write its own null.
        connection.execute(things.insert().values(id=1, **row))
        connection.execute(things.insert().values(id=2))
        connection.execute(sa.insert(Message), [{"message": "a"}, {"message": "b"}])
    with db.scope(database):
        yield database
        assert in_use(database) == 0
    database.close()


def executed(statement: Any, **parameters: Any) -> list[tuple[Any, ...]]:
    """Return what there is by way of SQLAlchemy alone."""
    with db.read() as connection:
        return [tuple(row) for row in connection.execute(statement, parameters)]


@pytest.fixture
def slow_ways(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The statements that have gone through connection.execute()."""
    seen: list[object] = []
    execute = sa.Connection.execute

    def spy(self: sa.Connection, statement: Any, *args: Any, **options: Any) -> Any:
        seen.append(statement)
        return execute(self, statement, *args, **options)

    monkeypatch.setattr(sa.Connection, "execute", spy)
    return seen


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.usefixtures("database")
def test_a_column_of_every_type_comes_back_the_same_and_so_does_null(
    name: str, slow_ways: list[object]
) -> None:
    statement = select(things.c[name]).order_by(things.c.id)
    expected = executed(statement)
    slow_ways.clear()
    precompiled = Precompiled(statement)
    for _ in range(2):
        rows = list(precompiled.all())
        assert rows == expected
        assert [type(value) for (value,) in rows] == [type(value) for (value,) in expected]
    assert slow_ways == []


@pytest.mark.parametrize("name", sorted(set(VALUES) - {"json", "pickle", "array_or_json"}))
@pytest.mark.usefixtures("database")
def test_a_parameter_of_every_type_finds_the_same(name: str) -> None:
    statement = select(things.c.id).where(things.c[name] == bindparam("value"))
    _type, value = VALUES[name]
    assert list(Precompiled(statement).all(value=value)) == executed(statement, value=value)


STATEMENTS: dict[str, tuple[Any, dict[str, Any], bool]] = {
    "nothing found": (select(Message.id).where(Message.id == bindparam("key")), {"key": 99}, True),
    "a NULL as parameter": (
        select(Message.id).where(Message.message == bindparam("text")),
        {"text": None},
        True,
    ),
    "a limit in the statement": (select(Message.message).order_by(Message.id).limit(1), {}, True),
    "a function": (select(sa.func.count()).select_from(Message), {}, True),
    "one column twice": (
        select(Message.id, Message.id.label("again"), Message.id),
        {},
        True,
    ),
    "an outer join": (
        select(Message.message, things.c.string)
        .outerjoin(things, sa.and_(things.c.id == Message.id, things.c.id == 1))
        .order_by(Message.id),
        {},
        True,
    ),
    "an expanding IN": (
        select(Message.message).where(Message.id.in_(bindparam("ids", expanding=True))),
        {"ids": [1, 2]},
        False,
    ),
    "an expanding IN of nothing": (
        select(Message.message).where(Message.id.in_(bindparam("ids", expanding=True))),
        {"ids": []},
        False,
    ),
    "an IN in the statement": (select(Message.message).where(Message.id.in_([2])), {}, False),
    "a value asked for each time": (
        select(Message.id).where(Message.id == bindparam("key", callable_=lambda: 2)),
        {},
        False,
    ),
    "a parameter with a value of its own, not given": (
        select(Message.id).where(Message.id == bindparam("key", 2)),
        {},
        True,
    ),
    "a parameter with a value of its own, given": (
        select(Message.id).where(Message.id == bindparam("key", 2)),
        {"key": 1},
        False,
    ),
    "a value that is written into the SQL at each call": (
        select(Message.id).where(Message.id < bindparam("n", literal_execute=True)),
        {"n": 2},
        False,
    ),
    "a column of plain text": (
        select(sa.text("message")).select_from(Message).order_by(Message.id),
        {},
        False,
    ),
    "options of execution": (
        select(Message.message).order_by(Message.id).execution_options(logging_token="one"),
        {},
        False,
    ),
    "a parameter named like no parameter": (
        select(Message.id).where(Message.id == bindparam("a key (%)")),
        {"a key (%)": 1},
        False,
    ),
}


@pytest.mark.parametrize("case", STATEMENTS)
@pytest.mark.usefixtures("database")
def test_every_statement_returns_the_same_and_goes_direct_where_it_can(
    case: str, slow_ways: list[object]
) -> None:
    statement, parameters, direct = STATEMENTS[case]
    expected = executed(statement, **parameters)
    slow_ways.clear()
    assert [tuple(row) for row in Precompiled(statement).all(**parameters)] == expected
    assert direct == (slow_ways == [])


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (select(Message.id).where(Message.id == bindparam("key")), {}),
        (select(sa.func.no_such_function(bindparam("key", type_=sa.Integer))), {"key": 1}),
        (select(sa.column("nowhere")).select_from(Message), {}),
    ],
)
@pytest.mark.usefixtures("database")
def test_every_error_is_the_same(statement: Select[Any], parameters: dict[str, Any]) -> None:
    with pytest.raises(exc.StatementError) as expected:
        executed(statement, **parameters)
    with pytest.raises(exc.StatementError) as raised:
        Precompiled(statement).all(**parameters)
    assert raised.type is expected.type
    assert str(raised.value) == str(expected.value)
    assert type(raised.value.orig) is type(expected.value.orig)


@pytest.mark.usefixtures("database")
def test_a_value_that_the_driver_cannot_take_is_the_same_error() -> None:
    statement = select(Message.id).where(Message.id == bindparam("key"))
    with pytest.raises(Exception) as expected:  # noqa: PT011 -- whichever it is
        executed(statement, key={})
    with pytest.raises(expected.type):
        Precompiled(statement).all(key={})
    assert list(Precompiled(statement).all(key=1)) == [(1,)]


def test_a_connection_that_was_cut_in_a_statement_is_replaced(url: URL) -> None:
    if url.get_backend_name() == "sqlite":
        pytest.skip("a file has no connection that can be cut")
    ask = "pg_backend_pid" if url.get_backend_name() == "postgresql" else "connection_id"
    kill = "SELECT pg_terminate_backend(%s)" if ask == "pg_backend_pid" else "KILL %s"
    database, other = Database(url), Database(url)

    @event.listens_for(database.reader, "do_execute")
    def cut(cursor: Any, sql: str, *_: object) -> None:
        if armed and "messages" in sql:
            cursor.execute(f"SELECT {ask}()")
            with other.engine.connect() as connection:
                connection.exec_driver_sql(kill % armed.pop()(cursor))

    armed: list[Callable[[Any], int]] = [lambda cursor: cursor.fetchone()[0]]
    with db.scope(database):
        with pytest.raises(exc.DBAPIError) as raised:
            PAGE.all(after=0, limit=1)
        assert raised.value.connection_invalidated
        assert list(PAGE.all(after=0, limit=1)) == []
    assert in_use(database) == 0
    database.close()
    other.close()


def test_a_pool_without_a_free_connection_is_a_timeout(url: URL) -> None:
    database = Database(url, pool_size=1, pool_timeout=0.1)
    with db.scope(database), db.read(), pytest.raises(exc.TimeoutError):
        PAGE.all(after=0, limit=1)
    database.close()


def test_what_ends_a_worker_in_a_statement_ends_the_connection_too(database: Database) -> None:
    PAGE.all(after=0, limit=1)
    armed = [KeyboardInterrupt]
    gone: list[object] = []
    event.listen(database.reader, "invalidate", lambda *connection: gone.append(connection))

    @event.listens_for(database.reader, "do_execute")
    def interrupt(*_: object) -> None:
        if armed:
            raise armed.pop()

    with pytest.raises(KeyboardInterrupt):
        PAGE.all(after=0, limit=1)
    assert len(gone) == 1
    assert len(PAGE.all(after=0, limit=1)) == 1


def test_who_listens_to_statements_hears_it(database: Database) -> None:
    heard: list[str] = []
    event.listen(
        database.reader, "before_cursor_execute", lambda _c, _cu, sql, *_: heard.append(sql)
    )
    PAGE.all(after=0, limit=1)
    assert len(heard) == 1


@pytest.mark.usefixtures("database")
def test_an_engine_that_logs_its_statements_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sqlalchemy.engine"):
        PAGE.all(after=0, limit=1)
    assert "FROM messages" in caplog.text


def test_in_a_test_that_rolls_back_it_sees_what_is_not_committed(
    database: Database, url: URL
) -> None:
    test = Database(url)
    with test.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.insert(Message), [{"message": "mine"}])
        test.join(connection)
        with db.scope(test):
            assert [text for _, text in PAGE.all(after=0, limit=9)] == ["a", "b", "mine"]
        assert [text for _, text in PAGE.all(after=0, limit=9)] == ["a", "b"]
        transaction.rollback()
    test.close()


def test_one_statement_serves_databases_of_different_kinds(
    database: Database, tmp_path: Any
) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.sqlite")
    Message.metadata.create_all(other.engine)
    with db.scope(other):
        assert list(PAGE.all(after=0, limit=9)) == []
    assert len(PAGE.all(after=0, limit=9)) == 2
    other.close()


def stored(database: Database) -> list[tuple[Any, ...]]:
    """Return the messages as another connection sees them."""
    with database.engine.connect() as connection:
        rows = connection.execute(select(Message.id, Message.message).order_by(Message.id))
        return [tuple(row) for row in rows]


def test_an_insert_returns_the_key_and_is_committed(
    database: Database, slow_ways: list[object]
) -> None:
    create = PrecompiledWrite(sa.insert(Message).values(message=bindparam("text")))
    keys = [create.key(text="c"), create.key(text="d")]
    assert slow_ways == []
    assert stored(database)[2:] == [(keys[0], "c"), (keys[1], "d")]


def test_an_update_and_a_delete_return_how_many_rows_they_met(
    database: Database, slow_ways: list[object]
) -> None:
    where = Message.id >= bindparam("least")
    change = PrecompiledWrite(sa.update(Message).where(where).values(message=bindparam("text")))
    remove = PrecompiledWrite(sa.delete(Message).where(where))
    assert [change.count(least=least, text="same") for least in (1, 1, 2, 99)] == [2, 2, 1, 0]
    assert remove.count(least=2) == 1
    assert remove.count(least=2) == 0
    assert slow_ways == []
    assert stored(database) == [(1, "same")]


numbered = sa.Table(
    "numbered",
    things.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("made", sa.Integer, default=lambda: 7, onupdate=lambda: 8),
    sa.Column("name", sa.String(20), unique=True),
    sa.Column("colour", sa.Enum(Colour)),
)
pairs = sa.Table(
    "pairs",
    things.metadata,
    sa.Column("left", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("right", sa.Integer, primary_key=True, autoincrement=False),
)


@pytest.mark.usefixtures("database")
def test_what_python_computes_for_a_row_is_computed() -> None:
    key = PrecompiledWrite(sa.insert(numbered).values(name=bindparam("a"))).key(a="one")
    assert executed(select(numbered.c.made, numbered.c.name)) == [(7, "one")]
    change = PrecompiledWrite(
        sa.update(numbered).where(numbered.c.id == bindparam("key")).values(name=bindparam("a"))
    )
    assert change.count(key=key, a="two") == 1
    assert executed(select(numbered.c.made, numbered.c.name)) == [(8, "two")]


@pytest.mark.usefixtures("database")
def test_a_value_that_is_converted_and_a_key_of_two_parts_are_written() -> None:
    PrecompiledWrite(sa.insert(numbered).values(colour=bindparam("a"))).key(a=Colour.RED)
    assert executed(select(numbered.c.colour)) == [(Colour.RED,)]
    insert = sa.insert(pairs).values(left=bindparam("a"), right=bindparam("b"))
    PrecompiledWrite(insert).key(a=1, b=2)
    assert executed(select(pairs)) == [(1, 2)]


@pytest.mark.parametrize("values", [{"a": "taken"}, {}])
@pytest.mark.usefixtures("database")
def test_an_error_of_a_write_is_the_same_and_writes_nothing(values: dict[str, Any]) -> None:
    statement = sa.insert(numbered).values(made=1, name=bindparam("a"))
    write = PrecompiledWrite(statement)
    write.key(a="taken")
    with pytest.raises(exc.StatementError) as expected:
        executed_write(statement, **values)
    with pytest.raises(exc.StatementError) as raised:
        write.key(**values)
    assert raised.type is expected.type
    assert str(raised.value) == str(expected.value)
    assert executed(select(numbered.c.name)) == [("taken",)]
    write.key(a="next")


def executed_write(statement: Any, **values: Any) -> None:
    with db.write() as connection:
        connection.execute(statement, values)


def test_a_write_in_a_test_that_rolls_back_is_rolled_back(database: Database, url: URL) -> None:
    test = Database(url)
    create = PrecompiledWrite(sa.insert(Message).values(message=bindparam("text")))
    with test.engine.connect() as connection, connection.begin() as transaction:
        test.join(connection)
        with db.scope(test):
            key = create.key(text="mine")
            assert (key, "mine") in PAGE.all(after=0, limit=9)
        transaction.rollback()
    assert [text for _, text in stored(database)] == ["a", "b"]
    test.close()


@pytest.mark.parametrize("statement", [select(Message), select(Message.id, Message)])
def test_entities_are_refused_and_it_says_who_makes_them(statement: Select[Any]) -> None:
    with pytest.raises(TypeError, match=r"Did you mean Session\.scalars\(\)\?"):
        Precompiled(statement)
