"""JSON in and out: what a request may send, and what a view may return."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from flask import Flask, current_app, request
from flask.json.provider import DefaultJSONProvider
from sqlalchemy import Row
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType
from werkzeug.http import parse_accept_header
from werkzeug.routing import IntegerConverter

JSON = "application/json"
NDJSON = "application/x-ndjson"

T = TypeVar("T")


def init_app(app: Flask) -> None:
    """Write JSON by msgspec, and answer 404 to an id that no column can hold."""
    app.json = MsgspecProvider(app)
    app.url_map.converters["int"] = Int64Converter


def read_body(kind: type[T]) -> T:
    """Return the body of the request, validated.

    :param kind: a msgspec ``Struct``, or any type that msgspec can decode.
    :raises UnsupportedMediaType: the content type is not JSON.
    :raises msgspec.DecodeError: the body is not JSON.
    :raises msgspec.ValidationError: the body does not match the type.
    """
    if not request.is_json:
        raise UnsupportedMediaType(f"The body must be {JSON}.")
    # A client that stops half-way through its body would hold a thread forever. Where the server
    # does not give its socket to the app, only a proxy in front of it can prevent that.
    for name in ("werkzeug.socket", "gunicorn.socket"):
        if sock := request.environ.get(name):
            sock.settimeout(current_app.config["BODY_TIMEOUT"])
    try:
        body = request.get_data(cache=False)
        if request.content_length is None:
            request.stream.read(1)  # raises 413 if a chunked body is over the limit
        return msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from None


def accepted(*offered: str) -> str:
    """Return the media type that the client prefers, the first of those it likes equally.

    :raises NotAcceptable: the client accepts none of them.
    """
    best = best_match(request.environ.get("HTTP_ACCEPT") or "*/*", offered)
    if best is None:
        raise NotAcceptable(f"Available as {' or '.join(offered)}.")
    return best


@lru_cache  # clients send the same few headers
def best_match(header: str, offered: tuple[str, ...]) -> str | None:
    return parse_accept_header(header, MIMEAccept).best_match(offered)


def current_path() -> str:
    """Return the path of this request as the client wrote it, for links."""
    return quote(request.root_path + request.path)


class Int64Converter(IntegerConverter):
    """``<int:id>`` in a route: an id that no 64-bit column can hold is 404, for every method."""

    # In the regex, because a converter that rejects a value later can turn 404 into 405.
    regex = r"\d{1,18}"


class MsgspecProvider(DefaultJSONProvider):
    """Writes what views return by msgspec, with rows as objects."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return msgspec.json.encode(obj, enc_hook=as_dict).decode()


def as_dict(value: object) -> dict[Any, Any]:
    """Return a row or a mapping as a dict.

    :raises TypeError: it is something else, which no JSON stands for.
    """
    if isinstance(value, Row):
        value = value._mapping  # a documented name, in spite of the underscore
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"Object of type {type(value).__name__} is not JSON serializable. Return a dict of its "
        "columns, or select them: `select(Model.id, Model.name)`."
    )
