"""A request's id, its statements and the time they took: in two headers and one log line."""

from __future__ import annotations

import json
import logging
import re
from time import perf_counter
from typing import Any, TextIO, cast
from uuid import uuid4

from flask import Flask, Response, request
from flask.logging import has_level_handler, wsgi_errors_stream
from sqlalchemy import event

from .engines import Database
from .scope import active, current, innermost

SANE_ID = re.compile(r"[\w.:=+/-]{1,128}", re.ASCII)


def follow(app: Flask, database: Database) -> None:
    """Trace the requests of an app and what they ask of its database.

    :param app: its logger writes JSON lines, unless logging has been set up already.
    :param database: whose statements are counted and timed.
    """
    logger = logging.getLogger(app.name)
    logger.setLevel(logger.level or logging.INFO)
    if not has_level_handler(logger):
        handler = logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
        handler.setFormatter(JSONLines())
        logger.addHandler(handler)

    # The development server would log each request a second time.
    logging.getLogger("werkzeug").addFilter(_is_not_access)

    for engine in (database.engine, database.reader):
        event.listen(engine, "before_cursor_execute", _count)
        event.listen(engine, "after_cursor_execute", _add_time)

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        scope = current()
        scope.request_id = given if SANE_ID.fullmatch(given) else uuid4().hex
        scope.began = perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        scope, method, path = current(), request.method, request.path
        spent = f'db;dur={scope.seconds * 1000:.1f};desc="{scope.statements} statements"'
        response.headers["Server-Timing"] = spent
        response.headers["X-Request-ID"] = scope.request_id

        @response.call_on_close
        def log() -> None:  # a streamed body has asked the database since then
            fields = {
                "method": method,
                "path": path,
                "status": response.status_code,
                "ms": round((perf_counter() - scope.began) * 1000, 1),
                "db_ms": round(scope.seconds * 1000, 1),
                "statements": scope.statements,
            }
            logger.info("%s %s %s", method, path, fields["status"], extra={"fields": fields})

        return response


def _is_not_access(record: logging.LogRecord) -> bool:
    return " - - [" not in str(record.msg)


def _count(*_: object) -> None:
    if scope := innermost():
        scope.statements += 1
        scope.started = perf_counter()


def _add_time(*_: object) -> None:
    if scope := innermost():
        scope.seconds += perf_counter() - scope.started


class JSONLines(logging.Formatter):
    """A log record as a line of JSON, with the id of the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (scope := active.get()) and scope.request_id:
            line["request_id"] = scope.request_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
