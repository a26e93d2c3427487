"""Readiness: the database answers, and its schema is up to date."""

from __future__ import annotations

import pytest
from conftest import migrate
from flask import Flask
from sqlalchemy import URL, text


def test_ready_where_the_schema_is_up_to_date(live_app: Flask) -> None:
    response = live_app.test_client().get("/readyz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_a_schema_that_is_behind_is_503_and_the_log_says_which_command_to_run(
    live_app: Flask, url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    migrate(url, "base")
    response = live_app.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.get_json()["detail"] == "The database schema is out of date."
    assert "flask --app starter db upgrade" in caplog.text


def test_an_old_version_stays_ready_when_a_newer_one_has_migrated(live_app: Flask) -> None:
    with live_app.extensions["database"].engine.begin() as connection:
        connection.execute(text("ALTER TABLE messages ADD COLUMN seen INTEGER"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_newer'"))
    client = live_app.test_client()
    assert client.get("/readyz").status_code == 200
    assert client.post("/messages", json={"message": "a"}).status_code == 201
