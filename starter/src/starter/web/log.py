"""One log line per request: its id, its statements and how long they took, as in two headers."""

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from random import randbytes  # an id is not a secret
from time import perf_counter
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from ..db.scope import active, current

VALID_ID = re.compile(r"[\w.:=+/-]{1,128}", re.ASCII)
LINE = "%(method)s %(path)s %(status)s in %(ms)s ms (statements: %(statements)s, in %(db_ms)s ms)"


def init_app(app: Flask) -> None:
    """Log requests as JSON, or as text at a terminal, unless logging is configured."""
    logger = logging.getLogger(app.name)
    logger.setLevel(logger.level or logging.INFO)
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
        handler.setFormatter(plain if handler.stream.isatty() else JSONFormatter())
        logger.addHandler(handler)
    logging.getLogger("werkzeug").addFilter(is_not_a_request)
    app.wsgi_app = RequestLog(app.wsgi_app, logger)  # type: ignore[method-assign]


def is_not_a_request(record: logging.LogRecord) -> bool:
    """Keep the development server from logging each request a second time."""
    return " - - [" not in str(record.msg)


class RequestLog:
    """WSGI middleware that adds two headers to each response, and logs it once it has been sent.

    `ScopePerRequest` must wrap this one.
    """

    def __init__(self, app: WSGIApplication, logger: logging.Logger) -> None:
        self.app = app
        self.logger = logger

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = perf_counter()
        scope = current()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        scope.request_id = given if VALID_ID.fullmatch(given) else randbytes(16).hex()
        fields = {
            "method": environ["REQUEST_METHOD"],
            # As the client sent it: a decoded one could forge lines, or steer a terminal.
            "path": quote(environ["PATH_INFO"], encoding="latin-1"),
            "status": 500,
        }

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            fields["status"] = int(status[:3])
            statements = f"{scope.statements} statement{'s' * (scope.statements != 1)}"
            timing = f'db;dur={scope.seconds * 1000:.1f};desc="{statements}"'
            headers += (("X-Request-ID", scope.request_id), ("Server-Timing", timing))
            return start_response(status, headers, *exc_info)

        def log() -> None:  # a streamed body has executed more statements since then
            fields["ms"] = round((perf_counter() - began) * 1000, 1)
            fields["db_ms"] = round(scope.seconds * 1000, 1)
            fields["statements"] = scope.statements
            fields.update(environ.get("log.fields", {}))
            line = f"{LINE}: %(error)s" if "error" in fields else LINE
            self.logger.info(line, fields, extra={"fields": fields})

        scope.on_close = log
        return self.app(environ, start)


class JSONFormatter(logging.Formatter):
    """Formats a record as a line of JSON, with the id of its request."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (scope := active.get()) and scope.request_id:
            line["request_id"] = scope.request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        line |= getattr(record, "fields", {})
        return json.dumps(line, default=str)
