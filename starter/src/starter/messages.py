"""The messages: listed, exported, read, created, changed, deleted."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    Integer,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    update,
)
from werkzeug.exceptions import NotFound

from .db.precompiled import Precompiled, PrecompiledWrite
from .models import Message
from .web.json import JSON, NDJSON, accepted, current_path, read_body
from .web.pages import FIRST, cursor, page

messages = Blueprint("messages", __name__, url_prefix="/messages")

# Statements are made once: building one costs more than executing it.
ONE = Precompiled(select(Message.id, Message.message).where(Message.id == bindparam("key")))
CREATE = PrecompiledWrite(insert(Message).values(message=bindparam("text")))
CHANGE = PrecompiledWrite(
    update(Message).where(Message.id == bindparam("key")).values(message=bindparam("text"))
)
DELETE = PrecompiledWrite(delete(Message).where(Message.id == bindparam("key")))


@lru_cache
def page_of(limit: int) -> Precompiled[int, str]:
    """Return what selects so many messages after a key, oldest first.

    The limit stands in the SQL: for one that is a parameter, PostgreSQL would make a new plan at
    each execution, which takes it 50 µs.
    """
    return Precompiled(
        select(Message.id, Message.message)
        .where(Message.id > bindparam("after"))
        .order_by(Message.id)
        .limit(literal_column(f"{limit:d}", Integer))
    )


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
    limit, key = page(request.args, "messages")
    rows = page_of(limit + 1).all(after=key)
    headers = {"Vary": "Accept"}
    if len(rows) > limit:
        rows = rows[:limit]
        following = f"limit={limit}&after={cursor(rows[-1][0], 'messages')}"
        headers["Link"] = f'<{current_path()}?{following}>; rel="next"'
    return [{"id": id, "message": text} for id, text in rows], headers


def export() -> Response:
    """Send every message as a line of JSON; while the client reads, no connection is held."""
    parts = batches()
    first = next(parts)  # a database that is away is still a 503 here, not half an answer
    return Response(chain((first,), parts), mimetype=NDJSON)


def batches() -> Iterator[bytes]:
    key, more = FIRST, True
    while more:
        rows = page_of(BATCH).all(after=key)
        yield lines.encode_lines([{"id": id, "message": text} for id, text in rows])
        if more := len(rows) == BATCH:
            key = rows[-1][0]


@messages.post("")
def create() -> ResponseReturnValue:
    """Create a message."""
    new = read_body(NewMessage)
    id = CREATE.key(text=new.message)
    return {"id": id, "message": new.message}, 201, {"Location": f"{current_path()}/{id}"}


@messages.get("/<int:id>")
def show(id: int) -> dict[str, Any]:
    """Read a message."""
    for key, text in ONE.all(key=id):
        return {"id": key, "message": text}
    raise missing(id)


@messages.patch("/<int:id>")
def change(id: int) -> dict[str, Any]:
    """Change a message."""
    new = read_body(NewMessage)
    if not CHANGE.count(key=id, text=new.message):
        raise missing(id)
    return {"id": id, "message": new.message}


@messages.delete("/<int:id>")
def remove(id: int) -> ResponseReturnValue:
    """Delete a message."""
    if not DELETE.count(key=id):
        raise missing(id)
    return "", 204


def missing(id: int) -> NotFound:
    return NotFound(f"There is no message {id}.")
