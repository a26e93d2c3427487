"""The queries of each app context."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event


@dataclass
class RecordedQuery:
    """A query that was sent, in seconds of ``time.perf_counter()``."""

    statement: str | None
    parameters: Any
    start_time: float
    end_time: float
    location: str

    @property
    def duration(self) -> float:
        """Seconds that it took."""
        return self.end_time - self.start_time


def get_recorded_queries() -> list[RecordedQuery]:
    """Return the queries of this app context, where SQLALCHEMY_RECORD_QUERIES is set."""
    from flask import g

    queries: list[RecordedQuery] = g.get("recorded_queries", [])
    return queries


def record_queries(engine: sa.engine.Engine) -> None:
    """Keep what an engine sends from now on."""
    event.listen(engine, "before_cursor_execute", note_start, named=True)
    event.listen(engine, "after_cursor_execute", note_end, named=True)


def note_start(context: Any, **_extra: Any) -> None:
    context.start_time = time.perf_counter()


def note_end(context: Any, **_extra: Any) -> None:
    from flask import current_app, g, has_app_context

    if not has_app_context() or not hasattr(context, "start_time"):
        return
    query = RecordedQuery(
        context.statement,
        context.parameters,
        context.start_time,
        time.perf_counter(),
        calling_location(current_app.import_name.partition(".")[0]),
    )
    g.setdefault("recorded_queries", []).append(query)


def calling_location(package: str) -> str:
    """Return the line of the app's own code that is running."""
    frame: Any = sys._getframe()
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        # This module is the app's too, but not what asked.
        if name != __name__ and f"{name}.".startswith(f"{package}."):
            return f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"
        frame = frame.f_back
    return "<unknown>"
