"""What a test does is gone when it ends, on every database, whoever committed it."""

from __future__ import annotations

import factories
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL, create_engine, func, select

from starter.db import Session, read
from starter.models import Message


def committed(url: URL) -> int:
    """Count the messages that somebody outside the test's transaction sees."""
    engine = create_engine(url)
    with engine.connect() as connection:
        number = connection.scalar(select(func.count()).select_from(Message))
    engine.dispose()
    return number or 0


@pytest.mark.parametrize("time", ["first", "again"])
def test_every_test_begins_empty(client: FlaskClient, shared_url: URL, time: str) -> None:
    factories.message("by the test")
    assert client.post("/messages", json={"message": "by the app"}).status_code == 201
    with read() as connection:
        seen = connection.scalars(select(Message.message).order_by(Message.id)).all()
    assert seen == ["by the test", "by the app"]
    assert committed(shared_url) == 0


def test_a_commit_that_fails_leaves_the_rest_of_the_test_alone(client: FlaskClient) -> None:
    kept = factories.message("kept")
    Session.remove()
    Session.add(Message(id=kept.id, message="the same id"))
    with pytest.raises(Exception, match=r"UNIQUE|unique|Duplicate"):
        Session.commit()
    Session.rollback()
    assert [message["message"] for message in client.get("/messages").get_json()] == ["kept"]


def test_a_read_that_fails_leaves_the_rest_of_the_test_alone(client: FlaskClient) -> None:
    factories.message("kept")
    with pytest.raises(Exception, match="nowhere"), read() as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")
    assert [message["message"] for message in client.get("/messages").get_json()] == ["kept"]


def test_the_app_does_not_see_what_the_test_has_not_committed(app: Flask) -> None:
    Session.add(Message(message="pending"))
    assert app.test_client().get("/messages").get_json() == []
