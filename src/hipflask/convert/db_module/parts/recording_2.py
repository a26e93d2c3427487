"""The queries of each app context, as Flask-SQLAlchemy 2 kept them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event

if TYPE_CHECKING:
    from flask import Flask


class RecordedQuery(NamedTuple):
    """A query that was sent, with the times of its beginning and its end in seconds."""

    statement: str
    parameters: Any
    start_time: float
    end_time: float
    context: str

    @property
    def duration(self) -> float:
        """Seconds that it took."""
        return self.end_time - self.start_time

    def __repr__(self) -> str:
        told = f'statement="{self.statement}" parameters={self.parameters!r}'
        return f"<query {told} duration={self.duration:.3f}>"


def get_debug_queries() -> list[RecordedQuery]:
    """Return the queries of this app context, where they are recorded."""
    from flask import g, has_app_context

    queries: list[RecordedQuery] = g.get("recorded_queries", []) if has_app_context() else []
    return queries


def record_queries(app: Flask, engine: sa.engine.Engine) -> None:
    """Keep what an engine sends, if SQLALCHEMY_RECORD_QUERIES says so; else if it is tested."""
    wanted = app.config["SQLALCHEMY_RECORD_QUERIES"]
    if not (app.debug or (app.config.get("TESTING") if wanted is None else wanted)):
        return

    def note_end(context: Any, statement: str, parameters: Any, **_extra: Any) -> None:
        from flask import current_app, g

        if current_app:
            started, ended = context.start_time, time.time()
            location = calling_location(app.import_name)
            query = RecordedQuery(statement, parameters, started, ended, location)
            g.setdefault("recorded_queries", []).append(query)

    event.listen(engine, "before_cursor_execute", note_start, named=True)
    event.listen(engine, "after_cursor_execute", note_end, named=True)


def note_start(context: Any, **_extra: Any) -> None:
    context.start_time = time.time()


def calling_location(package: str) -> str:
    """Return the line of the app's own code that is running, unless nothing called it."""
    frame: Any = sys._getframe()
    while frame.f_back is not None:
        name = frame.f_globals.get("__name__") or ""
        # This module is the app's too, but not what asked.
        if name != __name__ and f"{name}.".startswith(f"{package}."):
            return f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"
        frame = frame.f_back
    return "<unknown>"
