"""What a view may return, and what it is told to return instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify
from sqlalchemy import select

from starter import create_app
from starter.db import Session, read
from starter.models import Message
from starter.settings import Settings

ROWS = select(Message.id, Message.message).order_by(Message.id).limit(1)
ROW = {"id": 1, "message": "first"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Settings(url=f"sqlite:///{tmp_path}/app.sqlite"))
    database = app.extensions["database"]
    Message.metadata.create_all(database.engine)
    with app.app_context():
        Session.add(Message(message="first"))
        Session.commit()
    yield app
    database.close()


def rows() -> Any:
    return Session.execute(ROWS).all()


def mappings() -> Any:
    with read() as connection:
        return connection.execute(ROWS).mappings().all()


def nested_row() -> Any:
    return {"first": Session.execute(ROWS).one()}


def jsonified() -> Any:
    return jsonify(rows=Session.execute(ROWS).all())


@pytest.mark.parametrize(
    ("view", "body"),
    [
        (rows, [ROW]),
        (mappings, [ROW]),
        (nested_row, {"first": ROW}),
        (jsonified, {"rows": [ROW]}),
    ],
)
def test_a_row_in_what_a_view_returns_is_an_object(app: Flask, view: Any, body: Any) -> None:
    app.add_url_rule("/view", view_func=view)
    assert app.test_client().get("/view").get_json() == body


def models() -> Any:
    return list(Session.scalars(select(Message)))


def rows_of_models() -> Any:
    return Session.execute(select(Message)).all()


def an_object() -> Any:
    return {"objects": [object()]}


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (
            models,
            "type Message is not JSON serializable. Return a dict of its columns, or select them",
        ),
        (rows_of_models, "type Message is not JSON serializable"),
        (an_object, "type object is not JSON serializable"),
        # The whole of an answer is for Flask to judge.
        (lambda: Session.execute(ROWS).one(), "must be a string, dict, list"),
        (lambda: Session.execute(ROWS).mappings().one(), "must be a string, dict, list"),
        (lambda: Session.get(Message, 1), "must be a string, dict, list"),
    ],
)
def test_what_is_not_json_is_an_error_that_says_what_to_return(
    app: Flask, view: Any, told: str
) -> None:
    app.testing = True  # the error of a view comes up to the test
    app.add_url_rule("/view", "view", view_func=view)
    with pytest.raises(TypeError, match=told):
        app.test_client().get("/view")
