"""Databases that belong to this run alone, and fixtures that leave nothing in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import servers
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from servers import Server
from sqlalchemy import URL, Connection, QueuePool

from starter import create_app, db
from starter.db import schema
from starter.db.engines import Database
from starter.settings import Settings

NewDatabase = Callable[[], AbstractContextManager[URL]]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads, let alone touches, the database of whoever runs it."""
    for name in os.environ:
        if name.startswith(("SQLALCHEMY_", "FLASK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")


@pytest.fixture(scope="session", params=servers.KINDS)
def new_database(
    request: pytest.FixtureRequest,
    server_of: Callable[[str], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> NewDatabase:
    """Make empty databases; a test that asks for it runs once on each kind of server."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("sqlite")
        return lambda: sqlite_file(folder)
    try:
        server = server_of(request.param)
    except servers.Missing as missing:
        leave_out(request.param, missing)
    return lambda: servers.database(server.url)


def leave_out(kind: str, missing: servers.Missing) -> NoReturn:
    """Skip what needs a server; in CI fail."""
    # What CI leaves out would look like a success.
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{kind}: {missing}")


@contextmanager
def sqlite_file(folder: Path) -> Iterator[URL]:
    path = folder / f"{os.urandom(8).hex()}.sqlite"
    yield URL.create("sqlite", database=str(path))
    for leftover in folder.glob(f"{path.name}*"):
        leftover.unlink()


@pytest.fixture(scope="session")
def shared_url(new_database: NewDatabase) -> Iterator[URL]:
    """The migrated database of all tests that roll back."""
    with new_database() as url:
        migrate(url)
        yield url


@pytest.fixture
def url(new_database: NewDatabase) -> Iterator[URL]:
    """A migrated database for one test, where commits are real."""
    with new_database() as url:
        migrate(url)
        yield url


def migrate(url: URL, revision: str = "head") -> None:
    database = Database(url)
    with database.engine.connect() as connection:
        config = schema.configuration()
        config.attributes["connection"] = connection
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)
    database.close()


@pytest.fixture
def live_app(url: URL) -> Iterator[Flask]:
    """An app on a database of its own: for threads, servers, and what must be committed."""
    app = create_app(Settings(url=url.render_as_string(hide_password=False)))
    yield app
    app.extensions["database"].close()


@pytest.fixture
def connection(shared_url: URL) -> Iterator[Connection]:
    """The one connection of a test, whose transaction ends in a rollback."""
    database = Database(shared_url)
    with database.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
    database.close()


@pytest.fixture
def app(shared_url: URL, connection: Connection) -> Iterator[Flask]:
    """An app that works inside the test's transaction: its commits end in savepoints.

    ``Session``, ``read()`` and ``write()`` of the test itself work there too.
    """
    app = create_app(Settings(url=shared_url.render_as_string(hide_password=False)))
    database = app.extensions["database"]
    database.joined = connection
    with db.scope(database):
        yield app
    database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def in_use(database: Database) -> int:
    """Return how many connections are not in the pools of a database."""
    pools = [engine.pool for engine in database.engines]
    return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))
