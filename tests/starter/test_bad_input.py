"""Whatever is sent, the answer is a 4xx problem and nothing is left behind."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from conftest import in_use
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from werkzeug.test import TestResponse

from starter.models import Message
from starter.web.pages import cursor

JSON = "application/json"


@pytest.fixture(autouse=True)
def nothing_is_left_behind(connection: Connection, app: Flask) -> Iterator[None]:
    factories.message("was there")
    yield
    stored = connection.scalars(select(Message.message)).all()
    assert stored == ["was there"]
    assert in_use(app.extensions["database"]) == 0


def assert_problem(response: TestResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    assert response.get_json()["status"] == status
    assert response.get_json()["title"]
    shown = response.text.lower()
    for secret in ("traceback", "sqlalchemy", "psycopg", "pymysql", "sqlite", "://", "insert into"):
        assert secret not in shown
    problem: dict[str, Any] = response.get_json()
    return problem


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"message=hi", 400, None),
        (b'{"message": "half', 400, None),
        (b'{"message": "a"} {"message": "b"}', 400, None),
        (b'\xff\xfe{"message": "a"}', 400, None),
        (b'{"message": "\xff"}', 400, None),
        (b'{"message": "\\ud800"}', 400, None),
        (b'{"message": "\xed\xa0\x80"}', 400, None),
        (b'{"message": NaN}', 400, None),
        (b"[" * 60_000, 422, "#"),
        (b'{"message": ' + b"[" * 60_000, 422, "#/message"),
        (b"null", 422, "#"),
        (b"[]", 422, "#"),
        (b'"text"', 422, "#"),
        (b"{}", 422, "#/message"),
        (b'{"massage": "typo"}', 422, "#/massage"),
        (b'{"message": "a", "id": 7}', 422, "#/id"),
        (b'{"message": "a", "x.y[0]": 7}', 422, "#/x.y[0]"),
        (b'{"message": "a", "x/~": 7}', 422, "#/x~1~0"),
        (b'{"message": null}', 422, "#/message"),
        (b'{"message": 1}', 422, "#/message"),
        (b'{"message": ["a"]}', 422, "#/message"),
        (b'{"message": {"message": "a"}}', 422, "#/message"),
        (b'{"message": ""}', 422, "#/message"),
        (b'{"message": "  \\n\\t "}', 422, "#/message"),
        (b'{"message": "a\\u0000b"}', 422, "#/message"),
        (b'{"message": "\\u0000"}', 422, "#/message"),
        (b'{"message": "' + b"x" * 2001 + b'"}', 422, "#/message"),
    ],
    ids=lambda value: ascii(value)[:30],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_bad_body_is_refused_and_the_field_is_named(
    client: FlaskClient, method: str, body: bytes, status: int, pointer: str | None
) -> None:
    (stored,) = client.get("/messages").get_json()
    path = "/messages" if method == "post" else f"/messages/{stored['id']}"
    response = getattr(client, method)(path, data=body, content_type=JSON)
    shown = assert_problem(response, status)
    assert [wrong["pointer"] for wrong in shown.get("errors", [])] == ([pointer] if pointer else [])


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "nonsense"]
)
def test_a_body_that_is_not_declared_as_json_is_415(client: FlaskClient, kind: str | None) -> None:
    assert_problem(client.post("/messages", data=b'{"message": "a"}', content_type=kind), 415)


def test_a_body_over_the_limit_is_413(client: FlaskClient) -> None:
    body = b'{"message": "' + b"x" * 70_000 + b'"}'
    assert_problem(client.post("/messages", data=body, content_type=JSON), 413)


@pytest.mark.parametrize(
    "limit",
    ["0", "-1", "1001", "9" * 5000, "x", "", "1.5", "1e2", " 1", "+1", "1_0", "\u0661", "\u00b2"],
)
def test_a_limit_out_of_range_is_422_and_named(client: FlaskClient, limit: str) -> None:
    shown = assert_problem(client.get("/messages", query_string={"limit": limit}), 422)
    assert shown["errors"][0]["parameter"] == "limit"


GOOD = cursor(1, "messages")


@pytest.mark.parametrize(
    "after",
    [
        "",
        "1",
        "a",
        "🙂",
        GOOD[:-1],
        GOOD[1:],
        GOOD + "A",
        GOOD + "=",
        GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B"),
        GOOD.replace("A", "B", 1),
        GOOD + "\n",
        cursor(1, "others"),
        base64.urlsafe_b64encode((1).to_bytes(8)).decode(),
        "A" * 100_000,
    ],
    ids=ascii,
)
def test_a_forged_or_truncated_cursor_is_422_and_named(client: FlaskClient, after: str) -> None:
    shown = assert_problem(client.get("/messages", query_string={"after": after}), 422)
    assert shown["errors"][0]["parameter"] == "after"


@pytest.mark.parametrize(
    "key", [2**63, 10**18, -1, "9" * 30, "9" * 5000, "x", "1.5", "%00", "1%20"]
)
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_an_id_that_cannot_be_is_404(client: FlaskClient, method: str, key: object) -> None:
    body: dict[str, Any] = {"json": {"message": "a"}} if method == "patch" else {}
    assert_problem(getattr(client, method)(f"/messages/{key}", **body), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/messages", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/messages", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/messages/1", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}),
        ("BREW", "/messages", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_there_is_405_and_says_what_is(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    response = client.open(path, method=method)
    assert_problem(response, 405)
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "nonsense"])
def test_a_media_type_that_is_not_offered_is_406(client: FlaskClient, accept: str) -> None:
    assert_problem(client.get("/messages", headers={"Accept": accept}), 406)


def test_a_path_that_is_not_there_is_404(client: FlaskClient) -> None:
    for path in ("/nope", "/messages/", "/messages/1/2", "/%ff%fe", "/messages/" + "x" * 5000):
        assert_problem(client.get(path), 404)
