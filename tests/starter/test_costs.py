"""What a request costs, in counts that no load on the machine can change.

Counted where it happens: at the pools, and on the wire (libpq's own trace, MariaDB's counter of
questions, SQLite's trace of what it executes), so that a BEGIN or a ping cannot hide.
"""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import event, insert, select
from werkzeug.test import Client

from starter.db import Session, drivers, scope
from starter.db.engines import Database
from starter.db.fast import fetch_all
from starter.messages import page_of
from starter.models import Message
from starter.web.pages import FIRST

NDJSON = {"Accept": "application/x-ndjson"}
TEXT = {"message": "a"}

# Method, path, what goes with it; connections taken from a pool, statements on the wire.
COSTS: dict[str, tuple[str, str, dict[str, Any], int, int]] = {
    "home": ("GET", "/", {}, 0, 0),
    "alive": ("GET", "/healthz", {}, 0, 0),
    "a page": ("GET", "/messages", {}, 1, 1),
    "a page after a cursor": ("GET", "NEXT", {}, 1, 1),
    "one": ("GET", "/messages/1", {}, 1, 1),
    "one that is not there": ("GET", "/messages/0", {}, 1, 1),
    # Units of work of a session: BEGIN, what it reads and writes, COMMIT.
    "create": ("POST", "/messages", {"json": TEXT}, 1, 3),
    "change": ("PATCH", "/messages/1", {"json": TEXT}, 1, 4),
    "delete": ("DELETE", "/messages/2", {}, 1, 4),
    "an export of three batches": ("GET", "/messages", {"headers": NDJSON}, 3, 3),
    "refused before the database": ("POST", "/messages", {"json": {}}, 0, 0),
    "no such path": ("GET", "/nowhere", {}, 0, 0),
    "no such cursor": ("GET", "/messages?after=x", {}, 0, 0),
}


@pytest.fixture
def wire(live_app: Flask, tmp_path: Path) -> Iterator[Callable[[], int]]:
    """Count what has been sent to the database so far."""
    database: Database = live_app.extensions["database"]
    match database.engine.dialect.name:
        case "sqlite":
            yield sqlite_wire(database)
        case "postgresql":
            with (tmp_path / "trace").open("w+b") as trace:
                yield postgresql_wire(database, trace)
        case _:
            other = Database(database.engine.url)
            yield mariadb_wire(other)
            other.close()


def sqlite_wire(database: Database) -> Callable[[], int]:
    executed: list[str] = []

    def trace(connection: Any, _record: object) -> None:
        connection.set_trace_callback(executed.append)

    for engine in database.engines:
        event.listen(engine, "connect", trace)
    return lambda: len(executed)


def postgresql_wire(database: Database, trace: Any) -> Callable[[], int]:
    def begin(connection: Any, _record: object) -> None:
        connection.pgconn.trace(trace.fileno())

    for engine in database.engines:
        event.listen(engine, "connect", begin)

    def count() -> int:
        for engine in database.engines:
            with engine.connect() as connection:
                pgconn = cast(Any, connection.connection.driver_connection).pgconn
                pgconn.untrace()  # which writes what is still in its buffer
                pgconn.trace(trace.fileno())
        lines = Path(trace.name).read_text().splitlines()
        # What is asked from this side is a Query, or several messages that end in a Sync.
        return len([line for line in lines if re.search(r"\tF\t\d+\t(Query|Sync)", line)])

    return count


def mariadb_wire(other: Database) -> Callable[[], int]:
    asked = 0

    def count() -> int:
        nonlocal asked
        asked += 2  # this question and the ping before it are counted too
        with other.read() as connection:
            status = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Com_admin_commands')"
            return sum(int(value) for _, value in connection.exec_driver_sql(status)) - asked

    return count


@pytest.mark.parametrize("request_of", COSTS)
def test_a_request_takes_as_few_connections_and_statements_as_can_be(
    live_app: Flask, wire: Callable[[], int], request_of: str
) -> None:
    method, path, sent, connections, statements = COSTS[request_of]
    database: Database = live_app.extensions["database"]
    rows = [{"message": f"number {number}"} for number in range(2500)]
    with database.engine.begin() as connection:
        connection.execute(insert(Message), rows)
    client = live_app.test_client()
    warm_up(client)
    if path == "NEXT":
        path = client.get("/messages").headers["Link"].partition(">")[0][1:]
    taken: list[object] = []
    for engine in database.engines:
        event.listen(engine, "checkout", lambda *connection: taken.append(connection))
    before = wire()
    taken.clear()  # counting takes connections too
    with client.open(path, method=method, **sent) as response:
        assert response.data is not None  # all of it is read
    assert len(taken) == connections
    assert wire() - before == statements + pings(database) * connections


def warm_up(client: Client) -> None:
    """Let each engine connect, which takes statements of its own."""
    client.get("/messages")
    client.post("/messages", json=TEXT)


def test_a_statement_that_does_not_belong_is_seen_on_the_wire(
    live_app: Flask, wire: Callable[[], int]
) -> None:
    warm_up(live_app.test_client())
    database: Database = live_app.extensions["database"]
    a_unit_of_work(database)
    for ask, statements in ((one_read, 1), (one_write, 1), (a_unit_of_work, 3), (a_ping, 1)):
        before = wire()
        ask(database)
        assert wire() - before == statements + pings(database)


def test_a_connection_that_has_rested_is_asked_whether_it_is_still_there(
    live_app: Flask, wire: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Database = live_app.extensions["database"]
    warm_up(live_app.test_client())
    monkeypatch.setattr(drivers, "IDLE", -1.0)
    before = wire()
    one_read(database)
    asked = 1 if database.reader.dialect.name == "sqlite" else 2  # a file is always there
    monkeypatch.undo()
    assert wire() - before == asked


def pings(database: Database) -> int:
    """Return how many pings a connection costs that is taken from a pool.

    PyMySQL has no documented way to see without one that the server has hung up.
    """
    return int(database.engine.dialect.name == "mysql")


def one_read(database: Database) -> None:
    with database.read() as connection:
        connection.execute(select(1))


def one_write(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(Message), {"message": "a"})


def a_unit_of_work(database: Database) -> None:
    with database.engine.begin() as connection:  # it is what read() and write() do without
        connection.execute(insert(Message), {"message": "a"})


def a_ping(database: Database) -> None:
    with database.read() as connection:
        database.reader.dialect.do_ping(cast(Any, connection.connection.dbapi_connection))


def test_an_export_takes_the_memory_of_a_batch_whatever_its_length(live_app: Flask) -> None:
    database: Database = live_app.extensions["database"]
    client = live_app.test_client()

    def most() -> int:
        tracemalloc.start()
        with client.get("/messages", headers=NDJSON) as response:
            for _ in response.iter_encoded():
                pass
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return peak

    peaks = []
    for _ in range(3):
        rows = [{"message": f"number {number:06}"} for number in range(10_000)]
        with database.engine.begin() as connection:
            connection.execute(insert(Message), rows)
        peaks.append(most())
    batch = peaks[0]
    assert batch < 1_000_000  # 1000 rows, their dicts and their lines
    assert peaks[2] - peaks[1] < batch / 10


def test_a_page_by_fetch_all_is_well_ahead_of_one_by_entities(
    live_app: Flask,
) -> None:
    database: Database = live_app.extensions["database"]
    rows = [{"message": f"number {number}"} for number in range(1000)]
    with database.engine.begin() as connection:
        connection.execute(insert(Message), rows)

    def by_entities() -> None:
        found = Session.scalars(select(Message).order_by(Message.id).limit(1000))
        assert len([{"id": message.id, "message": message.message} for message in found]) == 1000
        Session.remove()

    def by_fetch_all() -> None:
        found = fetch_all(page_of(1000), {"after": FIRST})
        assert len([{"id": id, "message": text} for id, text in found]) == 1000

    def seconds(way: Callable[[], None]) -> float:
        began = perf_counter()
        way()
        return perf_counter() - began

    with scope(database):
        ratios = [seconds(by_entities) / seconds(by_fetch_all) for _ in range(15)]
    assert median(ratios) > 1.5  # it is 8 to 15, and 2.5 where the driver is in Python


def test_postgresql_keeps_its_plan_for_a_page(live_app: Flask) -> None:
    database: Database = live_app.extensions["database"]
    if database.engine.dialect.name != "postgresql":
        return
    with database.engine.begin() as connection:
        rows = [{"message": f"number {number}"} for number in range(10_000)]
        connection.execute(insert(Message), rows)
        connection.exec_driver_sql("ANALYZE messages")
    client = live_app.test_client()
    for _ in range(20):
        client.get("/messages")
    with database.read() as connection:  # the same connection: the pool has no other
        plans = "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE %s"
        kept = connection.exec_driver_sql(plans, ("%LIMIT%",)).scalar_one()
    assert kept >= 5  # after five of its own to compare with
