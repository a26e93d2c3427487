"""A request's id, its statements and the time they took: in two headers and one log line."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from random import randbytes  # an id is a name and no secret
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Flask
from sqlalchemy import Engine, event

from ..db.engines import Database
from ..db.scope import Scope, active, current, innermost

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SANE_ID = re.compile(r"[\w.:=+/-]{1,128}", re.ASCII)

encode = msgspec.json.Encoder(enc_hook=str).encode


def init_app(app: Flask, database: Database) -> None:
    """Trace the requests of an app and what they ask of its database.

    :param app: its logger writes JSON lines, unless logging has been set up already.
    :param database: whose statements are counted and timed.
    """
    logger = logging.getLogger(app.name)
    logger.setLevel(logger.level or logging.INFO)
    if not logger.hasHandlers():
        logger.addHandler(StderrHandler())

    # The development server would log each request a second time.
    logging.getLogger("werkzeug").addFilter(_is_not_access)

    for engine in database.engines:
        # From the first connection on: with that, SQLAlchemy asks the server what it is.
        event.listen(engine, "connect", measure_from_now_on(engine), once=True)

    app.wsgi_app = Traced(app.wsgi_app, logger)  # type: ignore[method-assign]


class Traced:
    """WSGI middleware that adds the headers to each answer, and logs it when it has been sent.

    :param app: the WSGI app to wrap; around this one, each request has its scope.
    :param logger: what writes the line.
    """

    def __init__(self, app: WSGIApplication, logger: logging.Logger) -> None:
        self.app = app
        self.logger = logger

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        scope = current()
        given = environ.get("HTTP_X_REQUEST_ID")
        scope.request_id = given if given and SANE_ID.fullmatch(given) else randbytes(16).hex()
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            nonlocal status
            status = line[:3]
            spent = f'db;dur={scope.seconds * 1000:.1f};desc="{scope.statements} statements"'
            headers += (("X-Request-ID", scope.request_id), ("Server-Timing", spent))
            return start_response(line, headers, *exc_info)

        def log(scope: Scope) -> None:  # a streamed body has asked the database since then
            method = environ["REQUEST_METHOD"]
            path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
            fields = {
                "method": method,
                "path": path,
                "status": int(status),
                "ms": round((perf_counter() - began) * 1000, 1),
                "db_ms": round(scope.seconds * 1000, 1),
                "statements": scope.statements,
            }
            inform(self.logger, f"{method} {path} {status}", fields)

        scope.on_close = log
        return self.app(environ, start)


def _is_not_access(record: logging.LogRecord) -> bool:
    return " - - [" not in str(record.msg)


def measure_from_now_on(engine: Engine) -> Callable[..., None]:
    def listen(*_connection: object) -> None:
        # Events of the dialect: those of a connection would cost each of them a statement's time.
        event.listen(engine, "do_execute", measured(engine.dialect.do_execute))
        event.listen(engine, "do_executemany", measured(engine.dialect.do_executemany))

    return listen


def measured(execute: Callable[..., None]) -> Callable[..., bool]:
    """Return a listener that executes a statement, and adds it to what its scope has spent."""

    def measure(*statement: Any) -> bool:
        scope = innermost()
        if scope is None:
            return False
        began = perf_counter()
        try:
            execute(*statement)
        finally:
            scope.statements += 1
            scope.seconds += perf_counter() - began
        return True  # it has been executed

    return measure


class StderrHandler(logging.Handler):
    """Writes lines of JSON where standard error goes now, not where it went at the start."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JSONLines())

    def emit(self, record: logging.LogRecord) -> None:
        self.write(self.format(record))

    def write(self, line: str) -> None:
        # A log that nobody takes any more must not fail the requests.
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")


class JSONLines(logging.Formatter):
    """A log record as a line of JSON, with the id of the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        if record.exc_info:
            fields = fields | {"exception": self.formatException(record.exc_info)}
        return line(record.created, record.levelname, record.name, record.getMessage(), fields)


def line(seconds: float, level: str, logger: str, text: str, fields: dict[str, Any]) -> str:
    """Return a line of the log.

    :param seconds: since the epoch.
    :param fields: what else is to be told.
    """
    told = {
        "time": datetime.fromtimestamp(seconds, UTC),
        "level": level,
        "logger": logger,
        "message": text,
    }
    if (scope := active.get()) and scope.request_id:
        told["request_id"] = scope.request_id
    told |= fields
    try:
        return encode(told).decode()
    except UnicodeEncodeError:  # half a surrogate pair, as in the name of a file
        return json.dumps(told, default=str)


def inform(logger: logging.Logger, text: str, fields: dict[str, Any]) -> None:
    """Log what each request has to tell.

    It is what ``logger.info()`` would write; but a record and its way through logging take as
    long as half of Flask, and where nobody has attached a handler or a filter, nobody needs them.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    plain = not (logging.root.handlers or logger.filters)
    match logger.handlers:
        case [StderrHandler(filters=[]) as only] if plain:
            only.write(line(time(), "INFO", logger.name, text, fields))
        case _:
            logger.info("%s", text, extra={"fields": fields})
