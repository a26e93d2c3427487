"""The same endpoints for every app, and the factory that servers call."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from threading import Event
from time import sleep
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, g, stream_with_context
from sqlalchemy import QueuePool, event, func, literal, select
from sqlalchemy.orm import Session

from ..apps import APPS
from ..integration import Integration

SLEEP = 2.0  # seconds that a slow view takes

scenario = Blueprint("scenario", __name__, url_prefix="/scenario")

# What has happened in this process; append() is atomic where += is not.
seen: list[Session] = []
statements: list[None] = []
teardowns: list[None] = []
holding: list[None] = []
released = Event()


def create_app(name: str, used: bool = False) -> Flask:
    """Make an app with the endpoints.

    :param used: use its database at once, as an app may that a server loads before it forks.
    """
    integration = APPS[name].integration
    app = integration.create_app()
    app.extensions["integration"] = integration
    app.register_blueprint(scenario)
    for engine in integration.engines(app):
        event.listen(engine, "before_cursor_execute", lambda *_: statements.append(None))

    @app.teardown_appcontext
    def another_teardown(_error: BaseException | None) -> None:
        teardowns.append(None)
        if g.get("raises"):
            raise LookupError("another teardown")

    if used:
        with app.app_context():
            echo(0)
    return app


def out(app: Flask) -> int:
    """Return how many connections are not in their pools, and will not come by themselves."""
    gc.collect()
    integration: Integration = app.extensions["integration"]
    pools = [cast(QueuePool, engine.pool) for engine in integration.engines(app)]
    return sum(pool.checkedout() for pool in pools)


def integration() -> Integration:
    return cast(Integration, current_app.extensions["integration"])


def leave_a_row(using: Integration) -> None:
    """Write what nobody commits."""
    session = using.session()
    session.add(using.model(message="not committed"))
    session.flush()
    seen.append(session)


@scenario.get("/state")
def state() -> dict[str, Any]:
    """Tell about this process, without a query."""
    return {
        "worker": os.getpid(),
        "out": out(current_app),
        "holding": len(holding),
        "statements": len(statements),
    }


@scenario.get("/nothing")
def nothing() -> str:
    return ""


@scenario.get("/echo/<int:number>")
def echo(number: int) -> dict[str, Any]:
    """Answer with what was asked, by way of the database."""
    answer = integration().session().scalar(select(literal(number)))
    return {"worker": os.getpid(), "answer": answer}


@scenario.get("/add/<text>")
def add(text: str) -> str:
    session = integration().session()
    session.add(integration().model(message=text))
    session.commit()
    return ""


@scenario.get("/read-then-write/<text>")
def read_then_write(text: str) -> str:
    """Read, then write, in one unit of work, as a view does that notes when somebody logged in."""
    session, model = integration().session(), integration().model
    session.scalars(select(model).order_by(model.id).limit(1)).one_or_none()
    session.add(model(message=text))
    session.commit()
    return ""


@scenario.get("/leave")
def leave() -> str:
    leave_a_row(integration())
    return ""


@scenario.get("/error")
def error() -> str:
    leave_a_row(integration())
    raise LookupError("after the flush")


@scenario.get("/torn")
def torn() -> str:
    """Leave a row, and let another teardown raise."""
    leave_a_row(integration())
    g.raises = True
    return ""


@scenario.get("/async")
async def asynchronous() -> str:
    await asyncio.sleep(0.01)
    leave_a_row(integration())
    await asyncio.sleep(0)
    return ""


@scenario.get("/stream/<kind>")
def stream(kind: str) -> Response:
    """Stream a body that uses the session, with a row that is not committed."""
    body = parts(integration())  # without its context, the body could not ask for it
    return Response(stream_with_context(body) if kind == "with-context" else body)


def parts(using: Integration) -> Iterator[str]:
    leave_a_row(using)
    for number in range(3):
        yield f"{using.session().scalar(select(literal(number)))} "


@scenario.get("/slow")
def slow() -> str:
    """Read, then do something slow."""
    model = integration().model
    integration().read(select(model.id, model.message).limit(10))
    sleep(SLEEP)
    return ""


@scenario.get("/export")
def export() -> Response:
    return integration().export()


@scenario.get("/hold")
def hold() -> str:
    """Keep a connection between two statements, until told."""
    session = integration().session()
    session.scalar(select(literal(1)))
    holding.append(None)
    released.wait(60)
    return str(session.scalar(select(func.count()).select_from(integration().model)))


@scenario.get("/release")
def release() -> str:
    released.set()
    return ""
