"""What every answer and the one log line of a request tell."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import pytest
from flask import Flask
from running import clean
from sqlalchemy import func, select

from starter import create_app
from starter.db import Session, schema
from starter.models import Message
from starter.settings import Settings
from starter.web.log import JSONFormatter


@pytest.mark.parametrize(
    ("method", "path", "statements"),
    [
        ("GET", "/", 0),
        ("GET", "/healthz", 0),
        ("GET", "/messages", 1),
        ("GET", "/messages/1", 1),
        ("POST", "/messages", 1),
        ("PATCH", "/messages/0", 1),
        ("DELETE", "/messages/0", 1),
    ],
)
def test_a_request_costs_the_fewest_statements_and_says_so(
    live_app: Flask, method: str, path: str, statements: int
) -> None:
    body = {"message": "a"} if method in ("POST", "PATCH") else None
    response = live_app.test_client().open(path, method=method, json=body)
    timing = response.headers["Server-Timing"]
    described = "1 statement" if statements == 1 else f"{statements} statements"
    assert re.fullmatch(rf'db;dur=\d+\.\d;desc="{described}"', timing)


def test_a_unit_of_work_is_counted_on_an_embedded_database_too(tmp_path: Path) -> None:
    app = create_app(Settings(url=f"sqlite:///{tmp_path}/app.sqlite"))
    schema.upgrade(app.extensions["database"].engine)

    @app.get("/work")
    def work() -> str:
        Session.add(Message(message="a"))
        Session.commit()
        return str(Session.scalar(select(func.count()).select_from(Message)))

    response = app.test_client().get("/work")
    assert response.text == "4"
    assert 'desc="2 statements"' in response.headers["Server-Timing"]
    app.extensions["database"].close()


def test_the_clients_request_id_comes_back(live_app: Flask) -> None:
    response = live_app.test_client().get("/", headers={"X-Request-ID": "abc-123"})
    assert response.headers["X-Request-ID"] == "abc-123"


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "<script>", "ü", '"', "a\tb"])
def test_a_request_id_that_is_not_sane_is_replaced(live_app: Flask, given: str) -> None:
    environ = {"HTTP_X_REQUEST_ID": given}
    response = live_app.test_client().get("/", environ_overrides=environ)
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])


@pytest.mark.parametrize("path", ["/messages", "/nope", "/messages/0"])
def test_a_request_is_one_line_of_json_in_the_log(
    live_app: Flask, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.handler.setFormatter(JSONFormatter())
    with caplog.at_level(logging.INFO):
        response = live_app.test_client().get(f"{path}?secret=1")
        response.close()
    (line,) = caplog.text.splitlines()
    logged = json.loads(line)
    assert logged["message"].startswith(f"GET {path} {response.status_code} in ")
    assert logged["request_id"] == response.headers["X-Request-ID"]
    assert f'desc="{logged["statements"]} statement' in response.headers["Server-Timing"]
    assert logged["ms"] >= logged["db_ms"] >= 0


def test_an_export_is_logged_when_it_is_over_with_all_its_statements(
    live_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = live_app.test_client()
    caplog.handler.setFormatter(JSONFormatter())
    with caplog.at_level(logging.INFO):
        response = client.get("/messages", headers={"Accept": "application/x-ndjson"})
        assert caplog.text == ""
        assert response.data == b""
        response.close()
    assert json.loads(caplog.text)["statements"] == 1


def test_an_error_in_a_view_is_logged_with_the_id_of_its_request(
    live_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @live_app.get("/bug")
    def bug() -> str:
        raise LookupError("why")

    caplog.handler.setFormatter(JSONFormatter())
    response = live_app.test_client().get("/bug")
    logged = [json.loads(line) for line in caplog.text.splitlines()]
    assert {line["request_id"] for line in logged} == {response.headers["X-Request-ID"]}
    assert "LookupError: why" in logged[0]["exception"]


def unconfigured(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, stream: TextIO | None = None
) -> None:
    """Leave a logger its own handler alone, as where nobody has configured logging.

    Called in the test itself: what a fixture leaves, pytest gives handlers of its own.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [handler])


def test_a_filter_or_a_level_silences_the_line_of_a_request(
    live_app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = live_app.logger
    unconfigured(logger, monkeypatch)

    def logged() -> str:
        live_app.test_client().get("/healthz").close()
        return capsys.readouterr().err

    assert "GET /healthz 200" in logged()
    silent = logging.Filter("somebody.else")
    for who in (logger, logger.handlers[0]):
        who.addFilter(silent)
        assert logged() == ""
        who.removeFilter(silent)
    logger.setLevel(logging.WARNING)
    assert logged() == ""
    logger.setLevel(logging.INFO)
    assert "GET /healthz 200" in logged()


def test_a_log_that_nobody_reads_any_more_fails_no_request(
    live_app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = (tmp_path / "closed").open("w")
    closed.close()
    unconfigured(live_app.logger, monkeypatch, closed)
    with live_app.test_client().get("/healthz") as response:
        assert response.status_code == 200


def test_a_text_that_is_no_unicode_is_logged_all_the_same(
    live_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JSONFormatter())
    live_app.logger.warning("the file %s", "caf\udce9")
    assert json.loads(caplog.text)["message"] == "the file caf\udce9"


def test_a_path_can_neither_forge_a_line_nor_steer_a_terminal(
    live_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        live_app.test_client().get("/a%0Ab%1B[2J%C3%BC").close()
    (message,) = caplog.messages
    assert message.startswith("GET /a%0Ab%1B%5B2J%C3%BC 404 in ")


def test_what_is_no_terminal_gets_lines_of_json(tmp_path: Path) -> None:
    (tmp_path / "buggy.py").write_text(BUGGY)
    done = subprocess.run(
        [sys.executable, "buggy.py"],
        cwd=tmp_path,
        env=clean({}),
        stderr=subprocess.PIPE,
        timeout=300,
        check=True,
    )
    _start, error, request = (json.loads(line) for line in done.stderr.splitlines())
    assert 'raise LookupError("why")' in error["exception"]
    assert (request["path"], request["status"]) == ("/bug", 500)
    assert error["request_id"] == request["request_id"]


def test_a_terminal_gets_plain_lines_and_readable_tracebacks(tmp_path: Path) -> None:
    (tmp_path / "buggy.py").write_text(BUGGY)
    terminal, stderr = pty.openpty()
    subprocess.run(
        [sys.executable, "buggy.py"],
        cwd=tmp_path,
        env=clean({}),
        stderr=stderr,
        timeout=300,
        check=True,
    )
    os.close(stderr)
    written = ""
    with suppress(OSError), open(terminal, errors="replace") as lines:  # EIO is the end
        for line in lines:
            written += line
    assert re.search(r"^\d\d:\d\d:\d\d ERROR Exception on /bug \[GET\]$", written, re.MULTILINE)
    assert '\n    raise LookupError("why")\n' in written
    plain = r"^\d\d:\d\d:\d\d INFO GET /bug 500 in [\d.]+ ms \(statements: 0, in 0.0 ms\)$"
    assert re.search(plain, written, re.MULTILINE)
    assert "{" not in written


BUGGY = """
from starter import create_app
from starter.settings import Settings
from starter.web.log import JSONFormatter

app = create_app(Settings(url="sqlite:///none.sqlite"))

@app.get("/bug")
def bug():
    raise LookupError("why")

app.test_client().get("/bug").close()
"""
