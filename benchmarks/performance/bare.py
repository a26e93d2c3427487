"""Neither Flask nor shell: a WSGI function on the raw driver, below which Python cannot go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import json

from starter.web.pages import FIRST

from .drivers import Driver, driver

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def create_app(url: str) -> WSGIApplication:
    """Make the app.

    :param url: the database.
    """
    using = driver(url)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, answer = respond(using, environ)
        body = json.encode(answer)
        length = str(len(body))
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", length)])
        return [body]

    return app


def respond(using: Driver, environ: WSGIEnvironment) -> tuple[str, object]:
    """Return the status and what is written as JSON; asked is only what is measured."""
    _, _, id = environ["PATH_INFO"].partition("/messages/")
    if id:
        ((key, text),) = using.one(int(id))
        return "200 OK", {"id": key, "message": text}
    if environ["REQUEST_METHOD"] == "POST":
        sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        text = json.decode(sent)["message"]
        return "201 CREATED", {"id": using.create(text), "message": text}
    limit = int(environ["QUERY_STRING"].removeprefix("limit="))
    return "200 OK", [{"id": key, "message": text} for key, text in using.page(FIRST, limit)]
