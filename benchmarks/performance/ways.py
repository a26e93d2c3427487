"""The three ways of the starter to its data, each in the same app, wrapper and views."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import insert
from werkzeug.exceptions import NotFound

from starter.db import Session, read, write
from starter.db.fast import fetch_all
from starter.messages import ONE, NewMessage, page_of
from starter.models import Message
from starter.web.json import JSON, NDJSON, accepted, current_path, read_body
from starter.web.pages import cursor, read_page

if TYPE_CHECKING:
    from flask import Flask

Rows = Sequence[tuple[int, str]]


class Way(Protocol):
    """How views come to their data; the statements are the same for all."""

    @abstractmethod
    def page(self, after: int, limit: int) -> Rows:
        """Return the messages behind one, at most so many."""

    @abstractmethod
    def one(self, key: int) -> Rows:
        """Return the message with an id, if there is one."""

    @abstractmethod
    def create(self, text: str) -> int:
        """Write a message and return its id."""


class BySession:
    """``Session``, by which a request has one transaction."""

    def page(self, after: int, limit: int) -> Rows:
        return Session.execute(page_of(limit), {"after": after}).all()

    def one(self, key: int) -> Rows:
        return Session.execute(ONE, {"id": key}).all()

    def create(self, text: str) -> int:
        message = Message(message=text)
        Session.add(message)
        Session.commit()
        return message.id


class ByConnection:
    """``read()`` and ``write()``, by which each statement is a transaction."""

    def page(self, after: int, limit: int) -> Rows:
        with read() as connection:
            return connection.execute(page_of(limit), {"after": after}).all()

    def one(self, key: int) -> Rows:
        with read() as connection:
            return connection.execute(ONE, {"id": key}).all()

    def create(self, text: str) -> int:
        with write() as connection:
            return connection.execute(CREATE, {"message": text}).scalar_one()


class ByFetchAll(ByConnection):
    """``fetch_all()`` for what is read; it does not write."""

    def page(self, after: int, limit: int) -> Rows:
        return fetch_all(page_of(limit), {"after": after})

    def one(self, key: int) -> Rows:
        return fetch_all(ONE, {"id": key})


CREATE = insert(Message).returning(Message.id)
SESSION, CONNECTION, FETCH_ALL = BySession(), ByConnection(), ByFetchAll()


def app_by(way: Way) -> Flask:
    """Return the app that the starter serves, with views that come to their data in one way.

    An app is in one process, and so is a way: for another one it takes another process.
    """
    from starter.wsgi import app

    views: dict[str, Callable[..., ResponseReturnValue]] = {
        "index": index,
        "show": show,
        "create": create,
    }
    app.view_functions |= {f"messages.{name}": partial(view, way) for name, view in views.items()}
    return app


def index(way: Way) -> ResponseReturnValue:
    accepted(JSON, NDJSON)
    limit, after = read_page(request.args, "messages")
    rows = way.page(after, limit + 1)
    headers = {"Vary": "Accept"}
    if len(rows) > limit:
        rows = rows[:limit]
        following = f"limit={limit}&after={cursor(rows[-1][0], 'messages')}"
        headers["Link"] = f'<{current_path()}?{following}>; rel="next"'
    return [{"id": id, "message": text} for id, text in rows], headers


def show(way: Way, id: int) -> dict[str, Any]:
    for key, text in way.one(id):
        return {"id": key, "message": text}
    raise NotFound(f"There is no message {id}.")


def create(way: Way) -> ResponseReturnValue:
    text = read_body(NewMessage).message
    id = way.create(text)
    return {"id": id, "message": text}, 201, {"Location": f"{current_path()}/{id}"}
