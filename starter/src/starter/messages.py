"""The messages: listed, exported, read, created, changed, deleted."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, cast

import msgspec
from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import CursorResult, UpdateBase, bindparam, delete, select, update
from werkzeug.exceptions import NotFound

from .bodies import JSON, NDJSON, accepted, read_body
from .db import Session, read
from .models import Message
from .pages import FIRST, cursor, page

messages = Blueprint("messages", __name__, url_prefix="/messages")

# Statements are made once: building one costs more than executing it.
PAGE = (
    select(Message.id, Message.message)
    .where(Message.id > bindparam("after"))
    .order_by(Message.id)
    .limit(bindparam("limit"))
)
ONE = select(Message.id, Message.message).where(Message.id == bindparam("key"))
CHANGE = update(Message).where(Message.id == bindparam("key")).values(message=bindparam("text"))
DELETE = delete(Message).where(Message.id == bindparam("key"))
BATCH = 1000  # rows of an export that are in memory at once

LONGEST = Message.message.type.length
lines = msgspec.json.Encoder()


class NewMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What a client may send: text that is not blank, without NUL, which PostgreSQL refuses."""

    message: Annotated[
        str, msgspec.Meta(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
    ]


@messages.get("")
def index() -> ResponseReturnValue:
    """List a page of messages, oldest first, or export all of them."""
    if accepted(JSON, NDJSON) == NDJSON:
        return export(), {"Vary": "Accept"}
    limit, after = page(request.args, "messages")
    with read() as connection:
        rows = connection.execute(PAGE, {"after": after, "limit": limit + 1}).all()
    headers = {"Vary": "Accept"}
    if len(rows) > limit:
        rows = rows[:limit]
        following = url_for(".index", limit=limit, after=cursor(rows[-1].id, "messages"))
        headers["Link"] = f'<{following}>; rel="next"'
    return [{"id": id, "message": text} for id, text in rows], headers


def export() -> Response:
    """Send every message as a line of JSON; while the client reads, no connection is held."""
    parts = batches()
    first = next(parts)  # a database that is away is still a 503 here, not half an answer
    return Response(chain((first,), parts), mimetype=NDJSON)


def batches() -> Iterator[bytes]:
    after, more = FIRST, True
    while more:
        with read() as connection:
            rows = connection.execute(PAGE, {"after": after, "limit": BATCH}).all()
        yield lines.encode_lines([{"id": id, "message": text} for id, text in rows])
        if more := len(rows) == BATCH:
            after = rows[-1].id


@messages.post("")
def create() -> ResponseReturnValue:
    """Create a message."""
    message = Message(message=read_body(NewMessage).message)
    Session.add(message)
    Session.commit()
    created = {"id": message.id, "message": message.message}
    return created, 201, {"Location": url_for(".show", id=message.id)}


@messages.get("/<int:id>")
def show(id: int) -> dict[str, Any]:
    """Read a message."""
    with read() as connection:
        row = connection.execute(ONE, {"key": id}).one_or_none()
    if row is None:
        raise missing(id)
    return {"id": row.id, "message": row.message}


@messages.patch("/<int:id>")
def change(id: int) -> dict[str, Any]:
    """Change a message."""
    new = read_body(NewMessage)
    write(CHANGE, {"key": id, "text": new.message})
    return {"id": id, "message": new.message}


@messages.delete("/<int:id>")
def remove(id: int) -> ResponseReturnValue:
    """Delete a message."""
    write(DELETE, {"key": id})
    return "", 204


def write(statement: UpdateBase, values: dict[str, Any]) -> None:
    """Execute and commit what must meet a row.

    :raises NotFound: there is no such row.
    """
    result = cast(CursorResult[Any], Session.execute(statement, values))
    Session.commit()  # before anything else, because it gives the connection back
    if not result.rowcount:
        raise missing(values["key"])


def missing(id: int) -> NotFound:
    return NotFound(f"There is no message {id}.")
