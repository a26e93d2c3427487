"""Settings: what is wrong with one is said in one line, and the start ends there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import NewDatabase, migrate
from flask import Flask
from running import clean, flask
from sqlalchemy import URL, inspect

from starter import create_app, db
from starter.db import schema
from starter.db.engines import checked_url
from starter.models import Message
from starter.settings import Settings


def start(**environment: str) -> str:
    """Start the app, which must fail, and return the one line that it prints."""
    done = subprocess.run(
        flask("routes"),
        env=clean(environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    (line,) = done.stderr.splitlines()
    return line.removeprefix("starter cannot start: ")


@pytest.mark.parametrize("variable", ["SQLALCHEMY_URL", "SQLALCHEMY_REPLICA_URL"])
@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("hunter2", "cannot be parsed."),
        ("postgresql://user:hunter2@host:port/d", "cannot be parsed."),
        ("postgres://user:hunter2@host/d", "names an unknown driver: postgres."),
        (
            "oracle://user:hunter2@host/d",
            "names a driver that is not installed: oracle.",
        ),
        (
            "mysql+mysqldb://h/d?password=hunter2",
            "names a driver that is not installed: mysql+mysqldb.",
        ),
        ("postgresql+asyncpg://user:hunter2@h/d", "names a driver"),
        ("postgresql+psycopg_async://user:hunter2@h/d", "names a driver for asyncio"),
        ("sqlite://", "names a database in memory"),
    ],
)
def test_a_url_that_no_engine_can_be_made_from(variable: str, url: str, wrong: str) -> None:
    line = start(**{variable: url})
    assert line.startswith(f"{variable} {wrong}")
    assert "Did you mean" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        (
            "postgresql+psycopg://me:p@hunter2@host/d",
            "has more than one @: in a password, write %40.",
        ),
        (
            "postgresql+psycopg://me:p@hunter/2@host/d",
            "has more than one @: in a password, write %40.",
        ),
        ("postgresql+psycopg://h/d?nonsense=1", 'refuses: invalid connection option "nonsense"'),
        ("mysql+pymysql://h/d?nonsense=1", "unexpected keyword argument 'nonsense'"),
        ("mysql+pymysql://h/d?connect_timeout=soon", "invalid literal for int()"),
    ],
)
def test_a_url_that_would_fail_every_request_ends_the_start(
    url: str, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SQLALCHEMY_URL", url)
    with pytest.raises(SystemExit):
        create_app()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("starter cannot start: SQLALCHEMY_URL has ")
    assert wrong in line
    assert "hunter" not in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:p%40ss@/d?host=/run/a&host=/run/b&sslmode=require&application_name=a",
        "postgresql+psycopg://me@h/d?connect_timeout=9&options=-c%20statement_timeout%3D9",
        "mysql+pymysql://me@h/d?charset=utf8mb4&ssl_ca=/ca.pem&unix_socket=/run/s&read_timeout=9",
        "sqlite:////folder@home/@file?timeout=9&mode=ro&uri=true",
    ],
)
def test_a_url_with_options_that_its_driver_knows_is_accepted(url: str) -> None:
    assert checked_url("SQLALCHEMY_URL", url).render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("variable", "value", "wrong"),
    [
        ("FLASK_POOL_SIZE", "many", "Expected `int`, got `str` - at FLASK_POOL_SIZE"),
        ("FLASK_POOL_SIZE", "0", "Expected `int` >= 1 - at FLASK_POOL_SIZE"),
        ("FLASK_POOL_TIMEOUT", "-1", "Expected `float` > 0.0 - at FLASK_POOL_TIMEOUT"),
        ("FLASK_CONNECT_TIMEOUT", "[]", "Expected `int`, got `array` - at FLASK_CONNECT_TIMEOUT"),
    ],
)
def test_a_setting_of_the_wrong_type_or_range(variable: str, value: str, wrong: str) -> None:
    assert start(**{variable: value}) == wrong


def test_settings_come_from_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLALCHEMY_URL", "postgresql+psycopg://127.0.0.1/none")
    monkeypatch.setenv("SQLALCHEMY_REPLICA_URL", "postgresql+psycopg://127.0.0.2/none")
    monkeypatch.setenv("FLASK_POOL_SIZE", "7")
    monkeypatch.setenv("FLASK_POOL_TIMEOUT", "0.5")
    app = create_app()
    database = app.extensions["database"]
    assert database.engine.url.host == "127.0.0.1"
    assert database.reader.url.host == "127.0.0.2"
    assert database.engine.pool.size() == database.reader.pool.size() == 7
    assert database.engine.pool.timeout() == 0.5
    database.close()


@pytest.mark.parametrize(("value", "expected"), [("0", False), ("1", True), ("false", False)])
def test_a_switch_is_set_as_people_write_it(
    value: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Flask(__name__)
    monkeypatch.setenv("FLASK_PREPARED_STATEMENTS", value)
    app.config.from_prefixed_env()
    settings = Settings.from_config({**app.config, "SQLALCHEMY_URL": "sqlite:////tmp/none"})
    assert settings.prepared_statements is expected


def test_what_the_url_says_itself_stands() -> None:
    database = db.connect("postgresql+psycopg://127.0.0.1/none?connect_timeout=9")
    _, options = database.engine.dialect.create_connect_args(database.engine.url)
    assert options["connect_timeout"] == "9"
    database.close()


def test_two_apps_in_one_process_have_each_their_own_database(
    live_app: Flask, tmp_path: object
) -> None:
    other = create_app(Settings(url=f"sqlite:///{tmp_path}/other"))
    schema.upgrade(other.extensions["database"].engine)
    assert len(other.test_client().get("/messages").get_json()) == 3
    assert live_app.test_client().get("/messages").get_json() == []
    with live_app.app_context(), other.app_context():
        assert db.Session.get_bind() is other.extensions["database"].engine
    other.extensions["database"].close()


def test_a_server_never_touches_the_schema_of_a_database_it_was_given(
    url: URL, live_app: Flask
) -> None:
    migrate(url, "base")
    create_app(Settings(url=url.render_as_string(hide_password=False)))
    with live_app.extensions["database"].read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_single_reads_go_to_the_replica_and_writes_to_the_database(
    new_database: NewDatabase,
) -> None:
    with new_database() as url, new_database() as replica:
        shown = [each.render_as_string(hide_password=False) for each in (url, replica)]
        for each in (url, replica):
            migrate(each)
        app = create_app(Settings(url=shown[0], replica_url=shown[1]))
        client = app.test_client()
        assert client.post("/messages", json={"message": "written"}).status_code == 201
        assert client.get("/messages").get_json() == []
        with db.scope(app.extensions["database"]):
            assert db.Session.query(Message).one().message == "written"
        app.extensions["database"].close()


def test_no_cookie_session_is_opened_unless_somebody_sets_a_secret_key(live_app: Flask) -> None:
    assert live_app.secret_key is None
    response = live_app.test_client().get("/messages")
    assert "Set-Cookie" not in response.headers
    assert "Cookie" not in response.headers["Vary"]


def test_the_settings_to_start_from_are_those_that_there_are_with_the_values_unless_set() -> None:
    text = (Path(__file__).parents[2] / "starter" / ".env.example").read_text()
    found = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    defaults = Settings(url="")
    for name in Settings.__struct_fields__:
        if name in ("url", "replica_url"):
            assert f"SQLALCHEMY_{name.upper()}" in found
        else:
            value = found.pop(f"FLASK_{name.upper()}")
            assert (float(value) if value else None) == getattr(defaults, name)
    assert found.keys() == {"SQLALCHEMY_URL", "SQLALCHEMY_REPLICA_URL", "FLASK_SECRET_KEY"}


def test_a_mapping_configures_flask_and_wins_over_the_environment(
    url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLALCHEMY_URL", "postgresql+psycopg://127.0.0.1/none")
    monkeypatch.setenv("FLASK_POOL_SIZE", "7")
    monkeypatch.setenv("FLASK_SECRET_KEY", "of the environment")
    shown = url.render_as_string(hide_password=False)
    app = create_app({"TESTING": True, "SQLALCHEMY_URL": shown, "POOL_TIMEOUT": 0.5})
    assert (app.testing, app.secret_key) == (True, "of the environment")
    assert app.test_client().get("/messages").get_json() == []
    database = app.extensions["database"]
    assert (database.engine.pool.size(), database.engine.pool.timeout()) == (7, 0.5)
    database.close()


def test_a_mapping_with_a_wrong_setting_ends_the_start_as_a_variable_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        create_app({"SQLALCHEMY_URL": "sqlite:////tmp/none", "POOL_SIZE": 0})
    assert "Expected `int` >= 1 - at FLASK_POOL_SIZE" in capsys.readouterr().err


def test_without_a_url_only_the_flask_command_has_a_database(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        create_app({"TESTING": True})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("starter cannot start: SQLALCHEMY_URL is not set. Did you mean ")


def test_the_log_says_which_database_is_served_from_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(Settings(url="postgresql+psycopg://me:hunter2@127.0.0.1/d?password=hunter2"))
    app.extensions["database"].close()
    assert "serves from postgresql+psycopg://me:***@127.0.0.1/d" in caplog.text
    assert "hunter2" not in caplog.text


def test_no_password_is_in_the_repr_of_the_settings() -> None:
    url = "postgresql+psycopg://me:hunter2@host/d"
    assert "hunter2" not in repr(Settings(url=url, replica_url=url))
    assert "pool_size=5" in repr(Settings(url=url))
