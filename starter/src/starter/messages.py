"""The messages: list, export, create, read, change and delete them."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any, TypeVar

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Integer, Select, bindparam, literal_column, select
from werkzeug.exceptions import NotFound

from .db import Session, read
from .db.fast import fetch_all
from .models import Message
from .web.json import JSON, NDJSON, accepted, current_path, read_body
from .web.pages import FIRST, cursor, read_page

messages = Blueprint("messages", __name__, url_prefix="/messages")

ONE = select(Message.id, Message.message).where(Message.id == bindparam("id"))
BATCH = 1000  # rows of an export that are in memory at once

T = TypeVar("T")


class NewMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What a client may send: text that is not blank, without NUL, which PostgreSQL refuses."""

    message: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=Message.message.type.length,
            pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        ),
    ]


@lru_cache
def page_of(limit: int) -> Select[int, str]:
    """Return the select of a page; its limit is in the SQL, so that PostgreSQL plans it once."""
    return (
        select(Message.id, Message.message)
        .where(Message.id > bindparam("after"))
        .order_by(Message.id)
        .limit(literal_column(f"{limit:d}", Integer))
    )


@messages.get("")
def index() -> ResponseReturnValue:
    """List a page of messages, oldest first, or export all of them."""
    if accepted(JSON, NDJSON) == NDJSON:
        return export(), {"Vary": "Accept"}
    limit, after = read_page(request.args, "messages")
    # The hot query: Session.execute() in place of fetch_all() gives the same rows.
    rows = fetch_all(page_of(limit + 1), {"after": after})
    headers = {"Vary": "Accept"}
    if len(rows) > limit:
        rows = rows[:limit]
        following = f"limit={limit}&after={cursor(rows[-1][0], 'messages')}"
        headers["Link"] = f'<{current_path()}?{following}>; rel="next"'
    return [{"id": id, "message": text} for id, text in rows], headers


def export() -> Response:
    """Send every message as a line of JSON, without a connection while the client reads."""
    parts = batches()
    first = next(parts)  # a database that is away is still a 503 here, not half an answer
    return Response(chain((first,), parts), mimetype=NDJSON)


def batches() -> Iterator[bytes]:
    after, more = FIRST, True
    while more:
        rows = fetch_all(page_of(BATCH), {"after": after})
        yield msgspec.json.Encoder().encode_lines(
            [{"id": id, "message": text} for id, text in rows]
        )
        if more := len(rows) == BATCH:
            after = rows[-1][0]


@messages.post("")
def create() -> ResponseReturnValue:
    """Create a message."""
    message = Message(message=read_body(NewMessage).message)
    Session.add(message)
    Session.commit()
    return body(message), 201, {"Location": f"{current_path()}/{message.id}"}


@messages.get("/<int:id>")
def show(id: int) -> dict[str, Any]:
    """Read a message."""
    with read() as connection:
        row = connection.execute(ONE, {"id": id}).one_or_none()
    return body(found(row, id))


@messages.patch("/<int:id>")
def change(id: int) -> dict[str, Any]:
    """Change a message."""
    new = read_body(NewMessage)
    message = found(Session.get(Message, id), id)
    message.message = new.message
    Session.commit()
    return body(message)


@messages.delete("/<int:id>")
def remove(id: int) -> ResponseReturnValue:
    """Delete a message."""
    Session.delete(found(Session.get(Message, id), id))
    Session.commit()
    return "", 204


def found(message: T | None, id: int) -> T:
    if message is None:
        raise NotFound(f"There is no message {id}.")
    return message


def body(message: Any) -> dict[str, Any]:
    return {"id": message.id, "message": message.message}
