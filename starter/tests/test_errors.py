"""Every error is a problem (RFC 9457) that says what to do and keeps the driver's text secret."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from starter.db import Session
from starter.models import Message


def assert_problem(response: TestResponse, status: int) -> None:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.get_json()["status"] == status


@pytest.mark.parametrize("body", [b"", b"{", b"not JSON"])
def test_a_body_that_is_not_json_is_400(client: FlaskClient, body: bytes) -> None:
    assert_problem(client.post("/messages", data=body, content_type="application/json"), 400)


def test_a_body_that_is_not_declared_as_json_is_415(client: FlaskClient) -> None:
    assert_problem(client.post("/messages", data=b"{}", content_type="text/plain"), 415)


def test_a_body_over_the_limit_is_413(client: FlaskClient) -> None:
    body = b'{"a": "' + b"x" * 70_000 + b'"}'
    assert_problem(client.post("/messages", data=body, content_type="application/json"), 413)


@pytest.mark.parametrize("path", ["/nowhere", "/messages/x", "/messages/-1", f"/messages/{2**63}"])
def test_a_path_that_leads_nowhere_is_404(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404)


def test_a_method_that_is_not_allowed_is_405_and_the_others_are_named(client: FlaskClient) -> None:
    response = client.put("/messages")
    assert_problem(response, 405)
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_media_type_that_is_not_offered_is_406(client: FlaskClient) -> None:
    assert_problem(client.get("/messages", headers={"Accept": "image/png"}), 406)


def test_a_row_that_a_constraint_refuses_is_409(app: Flask) -> None:
    @app.get("/test")
    def view() -> str:
        Session.add(Message())
        Session.commit()
        return ""

    assert_problem(app.test_client().get("/test"), 409)


def test_an_unexpected_error_is_500_and_only_the_log_has_its_text(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/test")
    def view() -> str:
        raise LookupError("a secret")

    response = app.test_client().get("/test")
    assert_problem(response, 500)
    assert "secret" not in response.text
    assert "a secret" in caplog.text


def test_only_the_log_has_the_text_of_a_database_error(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/test")
    def view() -> str:
        Session.execute(text("SELECT secret FROM nowhere"))
        return ""

    response = app.test_client().get("/test")
    assert response.status_code in (500, 503)
    assert "nowhere" not in response.text
    assert "nowhere" in caplog.text


def test_the_process_is_up_and_the_database_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ok"}


def test_a_database_that_was_not_migrated_is_not_ready(app: Flask) -> None:
    Session.execute(text("DELETE FROM alembic_version"))
    Session.commit()
    assert_problem(app.test_client().get("/readyz"), 503)
