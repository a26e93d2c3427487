"""Which error of the database is which status, and what the log and the client get to see."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import text

from starter import create_app
from starter.db import Session
from starter.models import Message
from starter.settings import Settings


@pytest.fixture
def failing(live_app: Flask) -> Flask:
    """An app with views that meet each kind of error."""

    @live_app.get("/conflict")
    def conflict() -> str:
        Session.add_all([Message(id=1, message="a"), Message(id=1, message="b")])
        Session.commit()
        return ""

    @live_app.get("/missing-value")
    def missing_value() -> str:
        Session.add(Message(message=None))
        Session.commit()
        return ""

    @live_app.get("/bug")
    def bug() -> str:
        Session.add(Message(message="not committed"))
        Session.flush()
        raise LookupError("a secret detail")

    @live_app.get("/bad-sql")
    def bad_sql() -> str:
        Session.execute(text("SELECT secret FROM nowhere"))
        return ""

    return live_app


@pytest.mark.filterwarnings("ignore:New instance:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("path", ["/conflict", "/missing-value"])
def test_a_constraint_that_refuses_is_409(failing: Flask, path: str) -> None:
    response = failing.test_client().get(path)
    assert response.status_code == 409
    assert response.get_json()["detail"] == "What was sent is in conflict with what is stored."
    assert failing.test_client().get("/messages").get_json() == []


def test_a_bug_is_500_and_rolled_back_and_its_traceback_is_in_the_log_alone(
    failing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    response = failing.test_client().get("/bug")
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert "secret" not in response.text
    assert "a secret detail" in caplog.text
    assert failing.test_client().get("/messages").get_json() == []


def test_the_text_of_a_driver_is_in_the_log_alone(
    failing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    response = failing.test_client().get("/bad-sql")
    assert response.status_code in (500, 503)  # SQLite calls it operational
    assert "nowhere" not in response.text
    assert "nowhere" in caplog.text


def test_an_exhausted_pool_is_503_within_its_timeout(failing: Flask) -> None:
    database = failing.extensions["database"]
    database.reader.pool._timeout = 0.2
    with ExitStack() as held:
        for _ in range(5):
            held.enter_context(database.read())
        began = monotonic()
        response = failing.test_client().get("/messages")
        assert monotonic() - began < 15  # unless told, SQLAlchemy would wait 30 s
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert failing.test_client().get("/messages").status_code == 200


@pytest.fixture(params=["postgresql+psycopg", "mysql+pymysql"])
def nobody(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An app whose database's port refuses."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        url = f"{request.param}://user:secret@127.0.0.1:{port}/none"
        app = create_app(Settings(url=url, connect_timeout=30, pool_timeout=30))
        yield app
        app.extensions["database"].close()


@pytest.mark.parametrize("path", ["/messages", "/messages/1", "/readyz"])
def test_a_database_that_refuses_is_503_at_once_and_keeps_its_secrets(
    nobody: Flask, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    began = monotonic()
    response = nobody.test_client().get(path)
    assert monotonic() - began < 15  # it does not wait for a timeout
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.get_json()["detail"] == "The database does not answer at the moment."
    assert "secret" not in caplog.text
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


def test_an_export_from_a_database_that_is_away_is_503_and_not_half_an_answer(
    nobody: Flask,
) -> None:
    response = nobody.test_client().get("/messages", headers={"Accept": "application/x-ndjson"})
    assert response.status_code == 503


def test_the_process_is_alive_while_its_database_is_away(nobody: Flask) -> None:
    assert nobody.test_client().get("/healthz").get_json() == {"status": "ok"}
