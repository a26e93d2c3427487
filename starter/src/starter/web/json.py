"""What a request may send, and how an answer is written: JSON in and out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from flask import Flask, Response, current_app, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType
from werkzeug.http import parse_accept_header
from werkzeug.routing import IntegerConverter

JSON = "application/json"
NDJSON = "application/x-ndjson"

T = TypeVar("T")


def init_app(app: Flask) -> None:
    """Let an app write JSON by msgspec, and answer 404 for an id that no column can hold."""
    app.json = MsgspecProvider(app)
    app.url_map.converters["int"] = Int64Converter


def read_body(kind: type[T]) -> T:
    """Return the body of the request as an object of a msgspec type.

    :raises UnsupportedMediaType: it is not declared as JSON.
    :raises msgspec.DecodeError: it is not JSON, or (ValidationError) not what the type asks for.
    """
    if not request.is_json:
        raise UnsupportedMediaType(f"The body must be {JSON}.")
    # A client that sends half of its body would keep a thread for ever. The servers that hand out
    # its socket can bound that; with another server, bound it in the proxy before it.
    for name in ("werkzeug.socket", "gunicorn.socket"):
        if sock := request.environ.get(name):
            sock.settimeout(current_app.config["BODY_TIMEOUT"])
    try:
        body = request.get_data(cache=False)
        if request.content_length is None:
            request.stream.read(1)  # 413 where a chunked body has more than the limit
        return msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from None


def accepted(*offered: str) -> str:
    """Return which of the offered media types the client likes best, the first if it is equal.

    :raises NotAcceptable: it wants none of them.
    """
    header = request.environ.get("HTTP_ACCEPT")
    best = _best(header, offered) if header else offered[0]
    if best is None:
        raise NotAcceptable(f"This can be had as {' or '.join(offered)}.")
    return best


@lru_cache  # clients send the same few headers again and again
def _best(header: str, offered: tuple[str, ...]) -> str | None:
    return parse_accept_header(header, MIMEAccept).best_match(offered)


def current_path() -> str:
    """Return the path of this request as its client wrote it, for links to what is beside it."""
    return quote(request.root_path + request.path)


class Int64Converter(IntegerConverter):
    """``<int:id>`` in a route: what no 64-bit column can hold is 404, whatever the method."""

    # In the expression, because a value that is refused later can turn a 404 into a 405.
    regex = r"\d{1,18}"


class MsgspecProvider(DefaultJSONProvider):
    """Writes by msgspec what views return, which are plain dicts and lists."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = msgspec.json.encode(self._prepare_response_obj(args, kwargs))
        return current_app.response_class(body, mimetype=JSON)
