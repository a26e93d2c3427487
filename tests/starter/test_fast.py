"""fetch_all() returns what connection.execute() returns, only faster."""

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
from starter.db.fast import fetch_all
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

PAGE = (
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
    for _ in range(2):
        rows = list(fetch_all(statement, {}))
        assert rows == expected
        assert [type(value) for (value,) in rows] == [type(value) for (value,) in expected]
    assert slow_ways == []


@pytest.mark.parametrize("name", sorted(set(VALUES) - {"json", "pickle", "array_or_json"}))
@pytest.mark.usefixtures("database")
def test_a_parameter_of_every_type_finds_the_same(name: str) -> None:
    statement = select(things.c.id).where(things.c[name] == bindparam("value"))
    _type, value = VALUES[name]
    assert list(fetch_all(statement, {"value": value})) == executed(statement, value=value)


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
        True,
    ),
    "a parameter with a value of its own, not given": (
        select(Message.id).where(Message.id == bindparam("key", 2)),
        {},
        True,
    ),
    "a parameter with a value of its own, given": (
        select(Message.id).where(Message.id == bindparam("key", 2)),
        {"key": 1},
        True,
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
        True,
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
    assert [tuple(row) for row in fetch_all(statement, parameters)] == expected
    assert direct == (slow_ways == [])


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (select(sa.func.no_such_function(bindparam("key", type_=sa.Integer))), {"key": 1}),
        (select(sa.column("nowhere")).select_from(Message), {}),
    ],
)
@pytest.mark.usefixtures("database")
def test_every_error_is_the_same(statement: Select[Any], parameters: dict[str, Any]) -> None:
    with pytest.raises(exc.StatementError) as expected:
        executed(statement, **parameters)
    with pytest.raises(exc.StatementError) as raised:
        fetch_all(statement, parameters)
    assert raised.type is expected.type
    assert str(raised.value) == str(expected.value)
    assert type(raised.value.orig) is type(expected.value.orig)


@pytest.mark.usefixtures("database")
def test_a_parameter_that_is_not_given_is_named() -> None:
    with pytest.raises(exc.InvalidRequestError, match="required for bind parameter 'limit'"):
        fetch_all(PAGE, {"after": 0})


@pytest.mark.usefixtures("database")
def test_a_value_that_the_driver_cannot_take_is_the_same_error() -> None:
    statement = select(Message.id).where(Message.id == bindparam("key"))
    with pytest.raises(Exception) as expected:  # noqa: PT011 -- whichever it is
        executed(statement, key={})
    with pytest.raises(expected.type):
        fetch_all(statement, {"key": {}})
    assert list(fetch_all(statement, {"key": 1})) == [(1,)]


def test_a_connection_that_was_cut_in_a_statement_is_replaced(
    url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.get_backend_name() == "sqlite":
        pytest.skip("a file has no connection that can be cut")
    ask = "pg_backend_pid" if url.get_backend_name() == "postgresql" else "connection_id"
    kill = "SELECT pg_terminate_backend(%s)" if ask == "pg_backend_pid" else "KILL %s"
    database, other = Database(url), Database(url)

    execute = database.reader.dialect.do_execute

    def cut(cursor: Any, sql: str, *values: Any) -> None:
        if armed and "messages" in sql:
            cursor.execute(f"SELECT {ask}()")
            with other.engine.connect() as connection:
                connection.exec_driver_sql(kill % armed.pop()(cursor))
        execute(cursor, sql, *values)

    monkeypatch.setattr(database.reader.dialect, "do_execute", cut)
    armed: list[Callable[[Any], int]] = [lambda cursor: cursor.fetchone()[0]]
    with db.scope(database):
        with pytest.raises(exc.DBAPIError) as raised:
            fetch_all(PAGE, {"after": 0, "limit": 1})
        assert raised.value.connection_invalidated
        assert list(fetch_all(PAGE, {"after": 0, "limit": 1})) == []
    assert in_use(database) == 0
    database.close()
    other.close()


def test_a_pool_without_a_free_connection_is_a_timeout(url: URL) -> None:
    database = Database(url, pool_size=1, pool_timeout=0.1)
    with db.scope(database), db.read(), pytest.raises(exc.TimeoutError):
        fetch_all(PAGE, {"after": 0, "limit": 1})
    database.close()


def test_what_ends_a_worker_in_a_statement_ends_the_connection_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_all(PAGE, {"after": 0, "limit": 1})
    gone: list[object] = []
    event.listen(database.reader, "invalidate", lambda *connection: gone.append(connection))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(database.reader.dialect, "do_execute", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fetch_all(PAGE, {"after": 0, "limit": 1})
    assert len(gone) == 1
    assert len(fetch_all(PAGE, {"after": 0, "limit": 1})) == 1


@pytest.mark.usefixtures("database")
def test_an_engine_that_logs_its_statements_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sqlalchemy.engine"):
        fetch_all(PAGE, {"after": 0, "limit": 1})
    assert "FROM messages" in caplog.text


def test_in_a_test_that_rolls_back_it_sees_what_is_not_committed(
    database: Database, url: URL
) -> None:
    test = Database(url)
    with test.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.insert(Message), [{"message": "mine"}])
        test.joined = connection
        with db.scope(test):
            assert [text for _, text in fetch_all(PAGE, {"after": 0, "limit": 9})] == [
                "a",
                "b",
                "mine",
            ]
        assert [text for _, text in fetch_all(PAGE, {"after": 0, "limit": 9})] == ["a", "b"]
        transaction.rollback()
    test.close()


def test_one_statement_serves_databases_of_different_kinds(
    database: Database, tmp_path: Any
) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.sqlite")
    Message.metadata.create_all(other.engine)
    with db.scope(other):
        assert list(fetch_all(PAGE, {"after": 0, "limit": 9})) == []
    assert len(fetch_all(PAGE, {"after": 0, "limit": 9})) == 2
    other.close()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("statement", [select(Message), select(Message.id, Message)])
def test_entities_are_refused_and_it_says_who_makes_them(statement: Select[Any]) -> None:
    with pytest.raises(TypeError, match=r"Did you mean Session\.scalars\(\)\?"):
        fetch_all(statement, {})
