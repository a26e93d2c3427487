"""The queries of each app context."""

from __future__ import annotations

import sys
import time
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app, g, has_app_context
from sqlalchemy import event

from .needs import OMITTED, needs


class RecordedQuery(NamedTuple):
    """A query that was sent, with the seconds of a clock before and after it."""

    statement: str
    parameters: Any
    start_time: float
    end_time: float
    location: str = (
        "" if needs("location of queries") and not needs("Flask-SQLAlchemy 2") else OMITTED
    )
    context: str = "" if needs("location of queries") and needs("Flask-SQLAlchemy 2") else OMITTED

    @property
    def duration(self) -> float:
        """Seconds that it took."""
        return self.end_time - self.start_time


def get_recorded_queries() -> list[RecordedQuery]:
    """Return the queries of this app context, if SQLALCHEMY_RECORD_QUERIES is set."""
    queries: list[RecordedQuery] = g.get("recorded_queries", [])
    return queries


def get_debug_queries() -> list[RecordedQuery]:
    """Return the queries of this app context, if they are recorded."""
    queries: list[RecordedQuery] = g.get("recorded_queries", []) if has_app_context() else []
    return queries


def record_queries(engine: sa.engine.Engine) -> None:
    """Record what an engine sends."""
    event.listen(engine, "before_cursor_execute", note_start, named=True)
    event.listen(engine, "after_cursor_execute", note_end, named=True)


def note_start(context: Any, **_more: Any) -> None:
    context.start_time = time.perf_counter()


def note_end(context: Any, statement: str, parameters: Any, **_more: Any) -> None:
    if has_app_context():
        query = RecordedQuery(
            statement if needs("Flask-SQLAlchemy 2") else context.statement,
            parameters if needs("Flask-SQLAlchemy 2") else context.parameters,
            context.start_time,
            time.perf_counter(),
            calling_location() if needs("location of queries") else OMITTED,
        )
        g.setdefault("recorded_queries", []).append(query)


def calling_location() -> str:
    """Return the line of the app's package that is running, without this module."""
    package = f"{current_app.import_name.partition('.')[0]}."
    frame: Any = sys._getframe()
    while (frame.f_back if needs("Flask-SQLAlchemy 2") else frame) is not None:
        name = frame.f_globals.get("__name__") or ""
        if name != __name__ and f"{name}.".startswith(package):
            return f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"
        frame = frame.f_back
    return "<unknown>"
