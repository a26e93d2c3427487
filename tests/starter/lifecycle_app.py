"""The app with a view for each scenario in which a session can outlive its request."""

from __future__ import annotations

import asyncio
import gc
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Event
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Flask, current_app, g, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import QueuePool, event, func, literal, select, text

import starter
from starter.db import Session, read
from starter.db.engines import Database
from starter.models import Message

if TYPE_CHECKING:
    from a2wsgi import WSGIMiddleware

PARTS, PART = 100, 65536  # of a streamed body: more than the sockets' buffers hold
NUMBER_OF_CONNECTION = {"mysql": "CONNECTION_ID()", "postgresql": "pg_backend_pid()"}

scenarios = Blueprint("scenarios", __name__)
happened: list[str] = []  # in this process; append() is atomic where `+= 1` is not
holding: list[int] = []  # the database's number of each connection that /hold has
slow: list[None] = []  # views that do something slow now
released = Event()


def create_app(used: bool = False, careless: bool = False) -> Flask:
    """Make the app.

    :param used: use its database at once, as an app may that a server loads before it forks.
    :param careless: wrap it in a middleware that closes no body.
    """
    app = starter.create_app()
    app.config["CARELESS"] = careless
    app.register_blueprint(scenarios)
    database: Database = app.extensions["database"]
    for engine in database.engines:
        event.listen(engine, "checkout", lambda *_: happened.append("checkout"))

    @app.teardown_request
    def after_request(_error: BaseException | None) -> None:
        happened.append(f"teardown of {request.path}")
        if g.get("raises") == "request":
            raise LookupError("another teardown of the request")

    @app.teardown_appcontext
    def after_context(_error: BaseException | None) -> None:
        if g.get("raises") == "context":
            raise LookupError("another teardown of the context")

    if careless:
        inner = app.wsgi_app
        app.wsgi_app = lambda *asked: Careless(inner(*asked))  # type: ignore[method-assign]
    if used:
        with app.app_context():
            echo(0)
        Session.scalar(select(1))  # stays open in the main thread
    return app


class Careless:
    """A body that nobody can close, and that only the garbage collector finds: on any thread.

    So does https://github.com/pallets/flask/issues/6123 come about.
    """

    def __init__(self, body: Iterable[bytes]) -> None:
        self.next = iter(body).__next__
        self.itself = self

    def __iter__(self) -> Careless:
        return self

    def __next__(self) -> bytes:
        return self.next()


def asgi() -> WSGIMiddleware:
    """Make the app for a server of the other kind, with four threads."""
    from a2wsgi import WSGIMiddleware

    return WSGIMiddleware(cast(Any, create_app()), workers=4)


@scenarios.get("/state")
def state() -> dict[str, Any]:
    """Tell what this process has seen, without a query."""
    if current_app.config["CARELESS"]:
        gc.collect()
    database: Database = current_app.extensions["database"]
    pools = [cast(QueuePool, engine.pool) for engine in (database.engine, database.reader)]
    return {
        "worker": os.getpid(),
        "out": sum(pool.checkedout() for pool in pools),
        "holding": holding,
        "slow": len(slow),
        "happened": Counter(happened),
    }


@scenarios.get("/echo/<int:number>")
def echo(number: int) -> dict[str, Any]:
    """Answer with what was asked, by way of the database."""
    through_session = Session.scalar(select(literal(number)))
    with read() as connection:
        through_read = connection.scalar(select(literal(number)))
    return {"worker": os.getpid(), "answers": [through_session, through_read]}


@scenarios.before_request
def who_is_it() -> None:
    if request.path.startswith("/async"):
        Session.scalar(select(1))  # as one that looks up the user; on the server's thread


@scenarios.get("/async/<int:number>")
async def asynchronous(number: int) -> dict[str, Any]:
    """Use the session of the request, on another thread than the server's."""
    Session.add(Message(message="not committed"))
    await asyncio.sleep(0.01)
    Session.flush()
    await asyncio.sleep(0)
    return echo(number)


@scenarios.get("/error")
def error() -> ResponseReturnValue:
    Session.add(Message(message="not committed"))
    Session.flush()
    raise LookupError("after the flush")


@scenarios.get("/torn/<raises>")
def torn(raises: str) -> ResponseReturnValue:
    """Leave a row uncommitted, and let another teardown raise."""
    g.raises = raises
    Session.add(Message(message="not committed"))
    Session.flush()
    return ""


@scenarios.get("/stream/<kind>")
def stream(kind: str) -> ResponseReturnValue:
    """Stream a body that uses the session, after a row that is not committed."""
    Session.add(Message(message="not committed"))
    Session.flush()
    return stream_with_context(parts()) if kind == "with-context" else parts()


def parts() -> Iterator[bytes]:
    try:
        for number in range(PARTS):
            yield f"{Session.scalar(select(literal(number)))}\n".rjust(PART).encode()
        happened.append("stream ended")
    except GeneratorExit:
        happened.append("stream closed")
        raise


@scenarios.get("/slow/session")
def slow_session() -> ResponseReturnValue:
    """Read, give the connection back, and only then do something slow."""
    message = Session.scalars(select(Message)).one()
    Session.commit()
    shown = message.message  # it is still there, without another query
    something_slow()
    return shown


@scenarios.get("/slow/read")
def slow_read() -> ResponseReturnValue:
    with read() as connection:
        shown = connection.scalars(select(Message.message)).one()
    something_slow()
    return shown


def something_slow() -> None:
    """Do what takes as long as the test wants, without the database."""
    released.clear()
    slow.append(None)
    released.wait(60)
    slow.pop()


@scenarios.get("/hold/session")
def hold_session() -> ResponseReturnValue:
    """Keep a connection between two statements, until told."""
    wait_with(Session.scalar(number_of_connection()))
    counted = Session.scalar(select(func.count()).select_from(Message))
    Session.commit()
    return str(counted)


@scenarios.get("/hold/nothing-more")
def hold_nothing_more() -> ResponseReturnValue:
    wait_with(Session.scalar(number_of_connection()))
    return ""


@scenarios.get("/hold/read")
def hold_read() -> ResponseReturnValue:
    with read() as connection:
        wait_with(connection.scalar(number_of_connection()))
        return str(connection.scalar(select(func.count()).select_from(Message)))


def number_of_connection() -> Any:
    return select(text(NUMBER_OF_CONNECTION[Session.get_bind().dialect.name]))


def wait_with(connection: int) -> None:
    released.clear()
    holding.append(connection)
    released.wait(60)
    holding.remove(connection)


@scenarios.get("/release")
def release() -> ResponseReturnValue:
    released.set()
    return ""
