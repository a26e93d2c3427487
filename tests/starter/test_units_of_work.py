"""Units of work, and how read() and write() get along with them, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from conftest import in_use
from flask import Flask
from sqlalchemy import URL, delete, exc, func, insert, literal, select, text, union_all, update

from starter import db
from starter.db import Session, read, write
from starter.db.engines import Database
from starter.db.fast import fetch_all
from starter.messages import page_of
from starter.models import Message
from starter.web.pages import FIRST

TEXTS = select(Message.message).order_by(Message.id)


@pytest.fixture
def database(url: URL) -> Iterator[Database]:
    database = Database(url)
    with db.scope(database):
        yield database
        Session.rollback()
        assert in_use(database) == 0
    database.close()


def stored(database: Database) -> list[str]:
    """Return the messages that somebody else sees."""
    with database.read() as connection:
        return list(connection.scalars(TEXTS))


def add(message: str) -> None:
    Session.add(Message(message=message))
    Session.flush()


# write()


def test_a_write_is_committed_at_once(database: Database) -> None:
    with write() as connection:
        connection.execute(insert(Message), {"message": "a"})
        assert stored(database) == ["a"]


def test_to_begin_a_transaction_in_write_is_an_error_that_names_session(
    database: Database,
) -> None:
    def insert_and_fail() -> None:
        with write() as connection, connection.begin():
            connection.execute(insert(Message), {"message": "a"})
            raise LookupError

    with pytest.raises(exc.InvalidRequestError) as raised:
        insert_and_fail()
    assert "Session.commit()" in "".join(raised.value.__notes__)
    assert stored(database) == []


@pytest.mark.parametrize("begin", ["BEGIN", " begin ", "SAVEPOINT a"])
def test_write_refuses_to_begin_a_transaction_in_sql_and_goes_on_committing(
    database: Database, begin: str
) -> None:
    def insert_and_fail() -> None:
        with write() as connection:
            connection.execute(text(begin))

    with pytest.raises(exc.InvalidRequestError, match=r"Session\.commit\(\)"):
        insert_and_fail()
    with write() as connection:
        connection.execute(insert(Message), {"message": "kept"})
    assert stored(database) == ["kept"]


def test_a_savepoint_in_write_is_an_error_and_the_connection_goes_on_committing(
    database: Database,
) -> None:
    def insert_and_fail() -> None:
        with write() as connection, connection.begin_nested():
            connection.execute(insert(Message), {"message": "lost"})

    with pytest.raises(exc.InvalidRequestError, match=r"Session\.commit\(\)"):
        insert_and_fail()
    with write() as connection:
        connection.execute(insert(Message), {"message": "kept"})
    assert stored(database) == ["kept"]


def test_a_write_that_would_wait_for_its_own_session_is_an_error_at_once(
    database: Database,
) -> None:
    def block() -> None:
        with write() as connection:
            add("flushed")
            connection.execute(update(Message).values(message="changed"))

    with pytest.raises(exc.InvalidRequestError, match="Session has written"):
        block()
    Session.rollback()
    assert stored(database) == []


# read()


@pytest.mark.parametrize(
    "statement",
    [
        insert(Message).values(message="a"),
        update(Message).values(message="a"),
        delete(Message),
        text("  delete from messages"),
        text("CREATE TABLE other (id INTEGER)"),
        select(Message.id).where(Message.id.in_(select(1))).with_for_update(),
        text("WITH gone AS (DELETE FROM messages RETURNING id) SELECT id FROM gone"),
        text("SELECT id INTO other FROM messages"),
    ],
)
def test_read_refuses_what_writes_or_locks(database: Database, statement: object) -> None:
    if database.engine.dialect.name == "sqlite" and "FOR UPDATE" in str(statement):
        return  # SQLite has no such clause
    with pytest.raises(RuntimeError, match=r"Did you mean write\(\)\?"), read() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    assert stored(database) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        " select 1",
        "WITH one AS (SELECT 1 AS n) SELECT n FROM one",
        "SELECT 1 FROM (SELECT 'please update it''s row') AS t",
    ],
)
@pytest.mark.usefixtures("database")
def test_read_takes_what_reads(statement: str) -> None:
    with read() as connection:
        assert connection.scalar(text(statement)) == 1


@pytest.mark.usefixtures("database")
def test_read_takes_selects_in_parentheses() -> None:
    one = select(literal(1)).limit(1)
    with read() as connection:
        if connection.dialect.name != "sqlite":  # which has no parentheses here
            assert connection.scalars(union_all(one, one)).all() == [1, 1]


# In an open unit of work


def test_a_read_between_a_commit_and_the_next_flush_has_a_connection_of_its_own(
    database: Database,
) -> None:
    add("a")
    Session.commit()
    Session.add(Message(message="b"))  # begins a transaction, and takes no connection yet
    with read() as connection:
        assert list(connection.scalars(TEXTS)) == ["a"]


def test_reads_see_what_the_session_has_flushed(database: Database) -> None:
    add("flushed")
    with read() as connection:
        assert list(connection.scalars(TEXTS)) == ["flushed"]
    assert [text for _, text in fetch_all(page_of(9), {"after": FIRST})] == ["flushed"]
    assert stored(database) == []


def test_a_write_joins_a_session_that_has_written_and_is_committed_with_it(
    database: Database,
) -> None:
    add("flushed")
    with write() as connection:
        connection.execute(update(Message).values(message="changed"))
    assert stored(database) == []
    Session.commit()
    assert stored(database) == ["changed"]


def test_a_write_that_joined_a_session_is_rolled_back_with_it(database: Database) -> None:
    add("flushed")
    with write() as connection:
        connection.execute(insert(Message), {"message": "joined"})
    Session.rollback()
    assert stored(database) == []


def test_a_write_beside_a_session_that_has_only_read_is_committed_at_once(
    database: Database,
) -> None:
    assert Session.scalars(TEXTS).all() == []  # as a login does in every request
    with write() as connection:
        connection.execute(insert(Message), {"message": "kept"})
    Session.rollback()
    assert stored(database) == ["kept"]


def test_what_a_session_committed_does_not_make_it_one_that_has_written(
    database: Database,
) -> None:
    add("committed")
    Session.commit()
    Session.scalars(TEXTS).all()
    with write() as connection:
        connection.execute(insert(Message), {"message": "kept"})
    Session.rollback()
    assert stored(database) == ["committed", "kept"]


# SQLite waits for its lock


def test_18_to_read_and_then_write_never_fails(url: URL) -> None:
    if url.get_backend_name() != "sqlite":
        return  # only SQLite has one lock for all
    # Its lock is not fair: on a loaded machine, one thread may wait for longer than ten seconds.
    database = Database(url, query_timeout=60.0)

    def request(number: int) -> None:
        with db.scope(database):
            Session.scalar(select(func.count()).select_from(Message))
            Session.add(Message(message=str(number)))
            Session.commit()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(request, range(2000)))
    assert len(stored(database)) == 2000
    database.close()


def test_a_unit_of_work_that_only_reads_does_not_wait_for_one_that_writes(
    database: Database, live_app: Flask
) -> None:
    add("not committed")
    with db.scope(live_app.extensions["database"]):
        assert Session.scalars(TEXTS).all() == []


def test_a_savepoint_that_is_rolled_back_keeps_the_rest(database: Database) -> None:
    Session.scalars(TEXTS).all()
    with suppress(LookupError), Session.begin_nested():
        add("inside")
        raise LookupError
    add("outside")
    Session.commit()
    assert stored(database) == ["outside"]


def test_a_unit_of_work_on_sqlite_can_take_the_lock_before_it_reads(url: URL) -> None:
    if url.get_backend_name() != "sqlite":
        return  # others have SELECT ... FOR UPDATE
    database = Database(url, query_timeout=60.0)  # the lock is not fair, either
    with database.write() as connection:
        connection.execute(insert(Message), {"message": "0"})

    def increment(_: int) -> None:
        with db.scope(database):
            Session.execute(text("begin immediate"))
            message = Session.scalars(select(Message)).one()
            message.message = str(int(message.message) + 1)
            Session.commit()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(increment, range(200)))
    assert stored(database) == ["200"]
    database.close()
