"""One log line per request: its id, its statements and how long they took, as in two headers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from random import randbytes  # an id is not a secret
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Engine, event

from ..db.engines import Database
from ..db.scope import Scope, current, innermost
from .formatters import handler, log_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VALID_ID = re.compile(r"[\w.:=+/-]{1,128}", re.ASCII)


def init_app(app: Flask, database: Database) -> None:
    """Log the requests of an app.

    :param app: its logger gets a handler, unless logging is configured already.
    :param database: whose statements are counted and timed.
    """
    logger = logging.getLogger(app.name)
    logger.setLevel(logger.level or logging.INFO)
    if not logger.hasHandlers():
        logger.addHandler(handler())

    # The development server would log each request a second time.
    logging.getLogger("werkzeug").addFilter(lambda record: " - - [" not in str(record.msg))

    for engine in database.engines:
        count_statements(engine)
    app.wsgi_app = RequestLog(app.wsgi_app, logger)  # type: ignore[method-assign]


class RequestLog:
    """WSGI middleware that adds two headers to each response, and logs it once it has been sent.

    :param app: the WSGI app to wrap. `ScopePerRequest` must wrap this one.
    :param logger: gets one record per request.
    """

    def __init__(self, app: WSGIApplication, logger: logging.Logger) -> None:
        self.app = app
        self.logger = logger

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        scope = current()
        given = environ.get("HTTP_X_REQUEST_ID")
        scope.request_id = given if given and VALID_ID.fullmatch(given) else randbytes(16).hex()
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            nonlocal status
            status = line[:3]
            statements = f"{scope.statements} statement{'s' * (scope.statements != 1)}"
            timing = f'db;dur={scope.seconds * 1000:.1f};desc="{statements}"'
            headers += (("X-Request-ID", scope.request_id), ("Server-Timing", timing))
            return start_response(line, headers, *exc_info)

        def log(scope: Scope) -> None:  # a streamed body has executed more statements since then
            # As the client sent it: a decoded one could forge lines, or steer a terminal.
            path = quote(environ["PATH_INFO"], encoding="latin-1")
            fields = {
                "method": environ["REQUEST_METHOD"],
                "path": path,
                "status": int(status),
                "ms": round((perf_counter() - began) * 1000, 1),
                "db_ms": round(scope.seconds * 1000, 1),
                "statements": scope.statements,
            }
            if error := environ.get("log.error"):
                fields["error"] = error
            log_request(self.logger, f"{fields['method']} {path} {status}", fields)

        scope.on_close = log
        return self.app(environ, start)


def count_statements(engine: Engine) -> None:
    """Count and time an engine's statements in the scope that executes them."""

    # Not before_cursor_execute: with it, a statement takes 16 µs more, with these 1.3 µs. And not
    # before the first connection, for which SQLAlchemy executes statements of its own.
    @event.listens_for(engine, "connect", once=True)
    def listen(*_connection: object) -> None:
        event.listen(engine, "do_execute", timed(engine.dialect.do_execute))
        event.listen(engine, "do_executemany", timed(engine.dialect.do_executemany))


def timed(execute: Callable[..., None]) -> Callable[..., bool]:
    """Return a listener that executes a statement in place of SQLAlchemy, and times it."""

    def listener(*statement: Any) -> bool:
        scope = innermost()
        if scope is None:
            return False
        began = perf_counter()
        try:
            execute(*statement)
        finally:
            scope.statements += 1
            scope.seconds += perf_counter() - began
        return True  # the statement has been executed

    return listener
