"""Which error of the database is which status, and what the log and the client get to see."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest
from conftest import migrate
from flask import Flask
from running import serving
from sqlalchemy import URL, text, update

from starter import create_app
from starter.db import Session
from starter.db.engines import Database
from starter.models import Message
from starter.settings import Settings
from starter.web import errors
from starter.web.log import JSONFormatter

SECRET = "what a client sent"


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

    @live_app.get("/typo")
    def typo() -> str:
        Session.execute(text("SELECT hidden FROM nowhere WHERE a = :a"), {"a": SECRET})
        return ""

    @live_app.get("/no-function")
    def no_function() -> str:
        Session.execute(text("SELECT nonesuch(1)"))
        return ""

    @live_app.get("/none")
    def none() -> str:
        return Session.get_one(Message, 0).message

    @live_app.get("/taken")
    def taken() -> str:
        Session.execute(text("CREATE TABLE names (name VARCHAR(50) UNIQUE)"))
        for _ in range(2):
            Session.execute(text("INSERT INTO names VALUES (:name)"), {"name": SECRET})
        return ""

    @live_app.get("/locked")
    def locked() -> str:
        seconds = {
            "postgresql": "SET LOCAL lock_timeout = 100",
            "mysql": "SET innodb_lock_wait_timeout = 1",
        }
        if bound := seconds.get(Session.get_bind().dialect.name):
            Session.execute(text(bound))
        Session.execute(update(Message).values(message="b"))
        return ""

    return live_app


@pytest.mark.filterwarnings("ignore:New instance:sqlalchemy.exc.SAWarning")
@pytest.mark.parametrize("path", ["/conflict", "/missing-value"])
def test_a_constraint_that_refuses_is_409(failing: Flask, path: str) -> None:
    response = failing.test_client().get(path)
    assert response.status_code == 409
    assert response.get_json()["detail"] == "The request conflicts with stored data."
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


@pytest.mark.parametrize("path", ["/typo", "/no-function"])
def test_a_mistake_in_sql_is_500_and_the_text_of_the_driver_is_in_the_log_alone(
    failing: Flask, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    response = failing.test_client().get(path)
    assert response.status_code == 500
    assert "nowhere" not in response.text
    assert "nonesuch" not in response.text
    assert "nowhere" in caplog.text or "nonesuch" in caplog.text


@pytest.mark.parametrize(("path", "status"), [("/typo", 500), ("/taken", 409)])
def test_what_a_client_sent_is_not_in_the_log(
    failing: Flask, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    caplog.handler.setFormatter(JSONFormatter())
    with caplog.at_level(logging.INFO), failing.test_client().get(path) as response:
        assert response.status_code == status
    assert SECRET not in caplog.text


def test_the_line_of_a_conflict_names_the_error_and_the_statement(
    failing: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JSONFormatter())
    with caplog.at_level(logging.INFO):
        failing.test_client().get("/taken", headers={"X-Request-ID": "taken"}).close()
    lines = map(json.loads, caplog.text.splitlines())
    (line,) = [line for line in lines if line["request_id"] == "taken"]
    kinds = r"(UniqueViolation 23505|IntegrityError 1062|IntegrityError 19)"
    assert re.match(rf"{kinds}: INSERT INTO names VALUES \(", line["error"])


def test_what_a_view_does_not_find_is_404(failing: Flask) -> None:
    response = failing.test_client().get("/none")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"


def test_a_lock_that_is_held_longer_than_a_statement_may_take_is_busy_too(url: URL) -> None:
    shown = url.render_as_string(hide_password=False)
    app = create_app(Settings(url=shown, query_timeout=0.5))
    client = app.test_client()
    id = client.post("/messages", json={"message": "a"}).get_json()["id"]
    other = Database(url)
    with other.engine.begin() as connection:
        connection.execute(update(Message).values(message="held"))
        response = client.delete(f"/messages/{id}")
    assert response.status_code == 503
    assert response.get_json()["detail"] == "The database is busy."
    for database in (other, app.extensions["database"]):
        database.close()


def test_a_held_lock_is_503_and_the_database_is_said_to_be_busy(failing: Flask) -> None:
    client = failing.test_client()
    client.post("/messages", json={"message": "a"}).close()
    other = Database(failing.extensions["database"].engine.url)
    with other.engine.begin() as connection:
        connection.execute(update(Message).values(message="held"))
        response = client.get("/locked")
    other.close()
    assert response.status_code == 503
    assert response.get_json()["detail"] == "The database is busy."
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("behind", ["no table", "no column"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_schema_that_is_behind_is_503_and_the_log_names_the_command(
    live_app: Flask, url: URL, caplog: pytest.LogCaptureFixture, behind: str, method: str
) -> None:
    if behind == "no table":
        migrate(url, "base")
    else:
        with live_app.extensions["database"].engine.begin() as connection:
            connection.execute(text("ALTER TABLE messages RENAME COLUMN message TO words"))
            connection.execute(text("DELETE FROM alembic_version"))
    body = {"message": "a"} if method == "post" else None
    response = live_app.test_client().open("/messages", method=method, json=body)
    assert response.status_code == 503
    assert response.get_json()["detail"] == "The database schema is out of date."
    assert "Run `flask --app starter db upgrade`." in caplog.text


def test_a_column_that_a_current_schema_lacks_is_500(live_app: Flask) -> None:
    with live_app.extensions["database"].engine.begin() as connection:
        connection.execute(text("ALTER TABLE messages RENAME COLUMN message TO words"))
    assert live_app.test_client().get("/messages").status_code == 500


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
    assert response.get_json()["detail"] == "All database connections are in use."
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
    assert response.get_json()["detail"] == "The database does not answer."
    assert "secret" not in caplog.text
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


def test_an_export_from_a_database_that_is_away_is_503_and_not_half_an_answer(
    nobody: Flask,
) -> None:
    response = nobody.test_client().get("/messages", headers={"Accept": "application/x-ndjson"})
    assert response.status_code == 503


def test_the_process_is_alive_while_its_database_is_away(nobody: Flask) -> None:
    assert nobody.test_client().get("/healthz").get_json() == {"status": "ok"}


def test_an_outage_is_one_traceback_a_minute_and_one_line_a_request(
    nobody: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(number: int) -> int:
        headers = {"X-Request-ID": f"outage-{number}"}
        with nobody.test_client().get("/messages", headers=headers) as response:
            return response.status_code

    caplog.handler.setFormatter(JSONFormatter())
    with caplog.at_level(logging.INFO), ThreadPoolExecutor(4) as pool:
        assert set(pool.map(get, range(20))) == {503}
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    # A response that an earlier test has not closed may be logged now.
    lines = [line for line in lines if line.get("request_id", "").startswith("outage-")]
    assert len([line for line in lines if "exception" in line]) == 1
    requests = [line for line in lines if "path" in line]
    assert len(requests) == len(lines) - 1 == 20
    assert all(line["error"].startswith("OperationalError") for line in requests)

    caplog.clear()
    monkeypatch.setattr(errors, "monotonic", lambda: monotonic() + 61)
    get(0)
    assert len([record for record in caplog.records if record.exc_info]) == 1


BUG = """
@app.get("/bug")
def bug():
    raise LookupError("a hidden detail")
"""


@pytest.mark.parametrize("server", ["granian", "gunicorn"])
@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_bug_under_a_server_is_a_problem_and_a_traceback_in_the_log_in_debug_mode_too(
    tmp_path: Path, server: str, debug: str
) -> None:
    (tmp_path / "buggy.py").write_text(f"from starter.wsgi import app\n{BUG}")
    commands = {
        "granian": ["--interface", "wsgi", "--port", "{port}", "buggy:app"],
        "gunicorn": ["--bind", "127.0.0.1:{port}", "buggy:app"],
    }
    environment = {
        "SQLALCHEMY_URL": f"sqlite:///{tmp_path}/app.sqlite",
        "FLASK_DEBUG": debug,
        "PYTHONPATH": str(tmp_path),
    }
    program = str(Path(sys.executable).with_name(server))
    with serving(tmp_path, environment, program, *commands[server], cwd=tmp_path) as running:
        status, body = running.ask("GET", "/bug")
        log = running.log.read_text()
    assert (status, json.loads(body)["title"]) == (500, "Internal Server Error")
    assert b"hidden" not in body
    assert "LookupError: a hidden detail" in log


def test_a_bug_under_flask_run_debug_is_shown_in_the_debugger(tmp_path: Path) -> None:
    (tmp_path / "buggy.py").write_text(f"import starter\napp = starter.create_app()\n{BUG}")
    environment = {
        "SQLALCHEMY_URL": f"sqlite:///{tmp_path}/app.sqlite",
        "PYTHONPATH": str(tmp_path),
    }
    command = [sys.executable, "-m", "flask", "--app", "buggy", "--debug", "run"]
    with serving(tmp_path, environment, *command, "--port", "{port}", cwd=tmp_path) as running:
        status, body = running.ask("GET", "/bug")
    assert status == 500
    assert b"LookupError: a hidden detail" in body
    assert b"__debugger__" in body
