"""Databases that end a transaction, take too long, or have become read-only."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier, Thread

import pytest
from flask import Flask
from running import until
from sqlalchemy import URL, Connection, create_engine, exc, insert, select, text, update

from starter import create_app, db
from starter.db import Session, run_transaction, write
from starter.db.engines import Database
from starter.models import Message
from starter.settings import Settings


@pytest.fixture
def database(url: URL) -> Iterator[Database]:
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(insert(Message), [{"message": "a"}, {"message": "b"}])
    with db.scope(database):
        yield database
    database.close()


def kind(url: URL) -> str:
    return url.get_backend_name()


# A transaction that the database ended for another one


def test_of_two_units_of_work_in_a_deadlock_both_are_done(database: Database) -> None:
    if kind(database.engine.url) == "sqlite":
        return  # one transaction writes at a time, so none waits for a row
    first, second = Session.scalars(select(Message.id).order_by(Message.id)).all()
    Session.rollback()
    both_hold_one = Barrier(2)
    attempts: list[int] = []

    def swap(ids: list[int]) -> None:
        with db.scope(database):

            def work() -> None:
                attempts.append(ids[0])
                for number, id in enumerate(ids):
                    change = update(Message).where(Message.id == id)
                    Session.execute(change.values(message=Message.message + "!"))
                    if number == 0 and attempts.count(ids[0]) == 1:
                        both_hold_one.wait(60)

            run_transaction(work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(swap, [[first, second], [second, first]]))
    assert len(attempts) > 2
    assert Session.scalars(select(Message.message).order_by(Message.id)).all() == ["a!!", "b!!"]
    Session.rollback()


def test_a_serialization_failure_is_retried(database: Database) -> None:
    if kind(database.engine.url) != "postgresql":
        return
    both_have_read = Barrier(2)
    attempts: list[str] = []

    def append(letter: str) -> None:
        with db.scope(database):

            def work() -> None:
                attempts.append(letter)
                Session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
                texts = Session.scalars(select(Message.message)).all()
                if attempts.count(letter) == 1:
                    both_have_read.wait(60)
                Session.add(Message(message=f"{letter}{len(texts)}"))

            run_transaction(work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(append, "xy"))
    texts = Session.scalars(select(Message.message).order_by(Message.id)).all()
    Session.rollback()
    assert sorted(text[1:] for text in texts[2:]) == ["2", "3"]  # as one after the other
    assert len(attempts) > 2


def test_another_error_is_raised_at_once_and_rolled_back(database: Database) -> None:
    attempts: list[None] = []

    def work() -> None:
        attempts.append(None)
        Session.add(Message(message="not kept"))
        Session.flush()
        Session.execute(insert(Message).values(message=None))

    with pytest.raises(exc.IntegrityError):
        run_transaction(work)
    assert len(attempts) == 1
    assert len(Session.scalars(select(Message)).all()) == 2
    Session.rollback()


def test_the_last_error_is_raised_when_the_attempts_are_used_up(database: Database) -> None:
    if kind(database.engine.url) != "postgresql":
        return
    attempts: list[None] = []

    def work() -> None:
        attempts.append(None)
        Session.execute(text("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"))

    with pytest.raises(exc.OperationalError):
        run_transaction(work, attempts=3)
    assert len(attempts) == 3


def test_what_a_unit_of_work_returns_is_returned_and_committed(database: Database) -> None:
    def work() -> Message:
        message = Message(message="kept")
        Session.add(message)
        return message

    id = run_transaction(work).id
    with database.read() as connection:
        found = connection.scalar(select(Message.message).where(Message.id == id))
    assert found == "kept"


# A statement that takes too long


@contextmanager
def locked(url: URL) -> Iterator[Connection]:
    """Hold a lock for which every write waits."""
    engine = create_engine(url)
    with engine.connect() as connection:
        held = {
            "postgresql": "LOCK TABLE messages IN EXCLUSIVE MODE",
            "mysql": "LOCK TABLES messages READ",
        }
        connection.execute(text(held[kind(url)]))
        yield connection
        connection.rollback()
        if kind(url) == "mysql":
            connection.execute(text("UNLOCK TABLES"))
    engine.dispose()


def waiting(connection: Connection) -> int:
    """Return how many statements of others the server is busy with."""
    statement = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid() "
        "AND datname = current_database()",
        "mysql": "SELECT count(*) FROM information_schema.processlist "
        "WHERE command = 'Query' AND id <> connection_id() AND db = database()",
    }
    return connection.scalar(text(statement[connection.dialect.name])) or 0


def test_a_statement_that_took_too_long_is_ended_on_the_server_and_never_written(
    url: URL,
) -> None:
    if kind(url) == "sqlite":
        return  # it has no server that could go on
    app = create_app(Settings(url=url.render_as_string(hide_password=False), query_timeout=0.5))

    @app.post("/late")
    def late() -> str:
        with write() as connection:
            connection.execute(insert(Message), {"message": "late"})
        return ""

    with locked(url) as connection:
        response = app.test_client().post("/late")
        assert response.status_code == 503
        assert response.get_json()["detail"] == "The database is busy."
        assert response.headers["Retry-After"]
        until(lambda: waiting(connection) == 0)
    assert app.test_client().get("/messages").get_json() == []
    app.extensions["database"].close()


# A server that takes no writes any more


def test_a_connection_whose_server_became_read_only_is_dropped_and_answered_with_503(
    live_app: Flask, url: URL
) -> None:
    if kind(url) != "postgresql":
        return
    database = live_app.extensions["database"]
    client = live_app.test_client()
    with database.engine.connect() as connection:  # as after a switchover that keeps sockets open
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
    response = client.post("/messages", json={"message": "refused"})
    assert response.status_code == 503
    assert response.get_json()["detail"] == "The database is read-only."
    assert response.headers["Retry-After"]
    assert client.post("/messages", json={"message": "written"}).status_code == 201


def test_a_mariadb_that_became_read_only_is_503_until_it_takes_writes_again(url: URL) -> None:
    if kind(url) != "mysql":
        return
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE USER plain IDENTIFIED BY 'plain'"))
        connection.execute(text(f"GRANT ALL ON {url.database}.* TO plain"))
        plain = url.set(username="plain", password="plain")
        app = create_app(Settings(url=plain.render_as_string(hide_password=False)))
        client = app.test_client()
        try:
            assert client.post("/messages", json={"message": "before"}).status_code == 201
            connection.execute(text("SET GLOBAL read_only = 1"))
            response = client.post("/messages", json={"message": "refused"})
            assert response.status_code == 503
            assert response.get_json()["detail"] == "The database is read-only."
            connection.execute(text("SET GLOBAL read_only = 0"))
            assert client.post("/messages", json={"message": "after"}).status_code == 201
        finally:
            connection.execute(text("SET GLOBAL read_only = 0"))
            connection.execute(text("DROP USER plain"))
            app.extensions["database"].close()
    admin.dispose()


# A database that is away


@contextmanager
def silent_server() -> Iterator[tuple[int, list[socket.socket]]]:
    """Accept connections, and never answer."""
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    accepted.append(listening.accept()[0])

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1], accepted
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    for client in accepted:
        client.close()


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "mysql+pymysql"])
def test_while_a_database_does_not_answer_few_requests_wait_for_it(driver: str) -> None:
    with silent_server() as (port, accepted):
        url = f"{driver}://me:me@127.0.0.1:{port}/db"
        app = create_app(Settings(url=url, connect_timeout=2))

        def status(_: int) -> int:
            return app.test_client().get("/messages").status_code

        with ThreadPoolExecutor(5) as threads:
            assert set(threads.map(status, range(40))) == {503}
        assert len(accepted) < 25  # each would be an attempt that waits
        app.extensions["database"].close()


def test_a_database_that_is_back_is_found_again(live_app: Flask, url: URL) -> None:
    if kind(url) != "postgresql":
        return
    client = live_app.test_client()
    other = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS false"))
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(terminate), {"name": url.database})
        until(lambda: client.get("/messages").status_code == 503)
        connection.execute(text(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS true"))
        until(lambda: client.get("/messages").status_code == 200)
    other.dispose()
