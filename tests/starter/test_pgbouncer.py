"""Behind PgBouncer in transaction mode, no client executes a statement of another."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import servers
from conftest import leave_out, migrate
from sqlalchemy import URL, bindparam, func, insert, select, text

from starter import db
from starter.db.engines import Database
from starter.db.fast import fetch_all
from starter.models import Message

ONE = select(Message.message).where(Message.id == bindparam("id"))
CLIENTS = 6  # on two connections to the server


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    with servers.postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        yield server.url


@pytest.fixture
def direct(postgresql: URL) -> Iterator[URL]:
    with servers.database(postgresql) as url:
        migrate(url)
        with_rows = Database(url)
        with with_rows.engine.begin() as connection:
            connection.execute(insert(Message), [{"message": str(n)} for n in range(1, 201)])
        with_rows.close()
        yield url


@pytest.fixture
def pooled(direct: URL, tmp_path: Path) -> Iterator[URL]:
    try:
        with servers.pgbouncer(tmp_path, direct) as bouncer:
            yield bouncer.url
    except servers.Missing as missing:
        leave_out("pgbouncer", missing)


def prepared(database: Database) -> int:
    """Execute a statement often, and return how many the server has prepared for it."""
    with database.read() as connection:
        for _ in range(10):
            connection.execute(ONE, {"id": 1})
        count = text(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%messages%'"
        )
        return int(connection.execute(count).scalar_one())


@pytest.mark.parametrize(("wanted", "expected"), [(None, 1), (True, 1), (False, 0)])
def test_statements_are_prepared_on_a_server_unless_that_is_turned_off(
    direct: URL, wanted: bool | None, expected: int
) -> None:
    database = Database(direct, prepared_statements=wanted)
    assert prepared(database) == expected
    database.close()


def test_no_statement_is_prepared_behind_a_pooler(pooled: URL) -> None:
    database = Database(pooled)
    assert prepared(database) == 0
    database.close()


def test_clients_that_share_connections_execute_their_own_statements(pooled: URL) -> None:
    def client(number: int) -> int:
        database = Database(pooled)
        wrong = 0
        with db.scope(database):
            for n in range(1, 101):
                if number % 2:
                    wrong += fetch_all(ONE, {"id": n}) != [(str(n),)]
                else:
                    with db.write() as connection:
                        # No such row: a read that became this one would be empty.
                        gone = text("DELETE FROM messages WHERE id = :id")
                        wrong += connection.execute(gone, {"id": -n}).rowcount != 0
        database.close()
        return wrong

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert sum(pool.map(client, range(CLIENTS))) == 0
    database = Database(pooled)
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(Message)) == 200
    database.close()
