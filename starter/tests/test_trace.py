"""What every answer and the one log line of a request tell."""

from __future__ import annotations

import json
import logging
import re

import pytest
from flask import Flask

from starter.trace import JSONLines


@pytest.mark.parametrize(
    ("method", "path", "statements"),
    [
        ("GET", "/", 0),
        ("GET", "/healthz", 0),
        ("GET", "/messages", 1),
        ("GET", "/messages/1", 1),
        ("POST", "/messages", 1),
        ("PATCH", "/messages/1", 1),
        ("DELETE", "/messages/1", 1),
    ],
)
def test_a_request_costs_the_fewest_statements_and_says_so(
    live_app: Flask, method: str, path: str, statements: int
) -> None:
    body = {"message": "a"} if method in ("POST", "PATCH") else None
    response = live_app.test_client().open(path, method=method, json=body)
    timing = response.headers["Server-Timing"]
    assert re.fullmatch(rf'db;dur=\d+\.\d;desc="{statements} statements"', timing)


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
    caplog.handler.setFormatter(JSONLines())
    with caplog.at_level(logging.INFO):
        response = live_app.test_client().get(f"{path}?secret=1")
        response.close()
    (line,) = caplog.text.splitlines()
    logged = json.loads(line)
    assert logged["message"] == f"GET {path} {response.status_code}"
    assert logged["request_id"] == response.headers["X-Request-ID"]
    assert f'desc="{logged["statements"]} statements"' in response.headers["Server-Timing"]
    assert logged["ms"] >= logged["db_ms"] >= 0


def test_an_export_is_logged_when_it_is_over_with_all_its_statements(
    live_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client = live_app.test_client()
    caplog.handler.setFormatter(JSONLines())
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

    caplog.handler.setFormatter(JSONLines())
    response = live_app.test_client().get("/bug")
    logged = [json.loads(line) for line in caplog.text.splitlines()]
    assert {line["request_id"] for line in logged} == {response.headers["X-Request-ID"]}
    assert "LookupError: why" in logged[0]["exception"]
