"""Fixtures: the app on a database of its own, where what a test writes is rolled back."""

import os
from collections.abc import Iterator

import pytest
from alembic import command
from database import database
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import Connection

from starter import create_app
from starter.db import schema, scope
from starter.db.engines import Database
from starter.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from the database that this shell or ``.env`` names."""
    for name in os.environ:
        if name.startswith(("SQLALCHEMY_", "FLASK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The URL of a migrated database, which every test finds empty."""
    with database() as url:
        migrate(url, "head")
        yield url


def migrate(url: str, revision: str) -> None:
    """Upgrade to a revision, or downgrade to ``base``."""
    migrated = Database(url)
    with migrated.engine.connect() as connection:
        config = schema.configuration()
        config.attributes["connection"] = connection
        (command.downgrade if revision == "base" else command.upgrade)(config, revision)
    migrated.close()


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """The one connection of a test, whose transaction is rolled back."""
    outside = Database(url)
    with outside.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
    outside.close()


@pytest.fixture
def app(url: str, connection: Connection) -> Iterator[Flask]:
    """The app, whose commits end in savepoints of the test's transaction.

    ``Session``, ``read()`` and ``write()`` work in it too when the test itself calls them.
    """
    app = create_app(Settings(url=url))
    app.extensions["database"].joined = connection
    with scope(app.extensions["database"]):
        yield app
    app.extensions["database"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Sends requests: ``client.get("/healthz")``."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands: ``runner.invoke(args=["populate", "3"])``."""
    return app.test_cli_runner()
