"""How a log record is written: plain at a terminal, as a line of JSON anywhere else."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from time import time
from typing import TYPE_CHECKING, Any

import msgspec

from ..db.scope import active

if TYPE_CHECKING:
    from typing import TextIO

    StreamHandler = logging.StreamHandler[TextIO]
else:
    StreamHandler = logging.StreamHandler


def handler() -> logging.Handler:
    """Return a handler for standard error, and for whoever reads it."""
    if not sys.stderr or not sys.stderr.isatty():
        return JSONHandler()
    plain = logging.StreamHandler()
    plain.setFormatter(ConsoleFormatter())
    return plain


class ConsoleFormatter(logging.Formatter):
    """Formats a record for a person."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        fields = with_request_id(getattr(record, "fields", {}))
        more = [f"{name}={fields[name]}" for name in fields if name not in IN_MESSAGE]
        return " ".join([super().formatMessage(record), *more])


IN_MESSAGE = {"method", "path", "status"}


class JSONHandler(StreamHandler):
    """Writes lines of JSON to standard error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self.setFormatter(JSONFormatter())


class JSONFormatter(logging.Formatter):
    """Formats a record as a line of JSON, with the id of its request."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        if record.exc_info:
            fields = fields | {"exception": self.formatException(record.exc_info)}
        return json_line(record.created, record.levelname, record.name, record.getMessage(), fields)


def json_line(created: float, level: str, logger: str, message: str, fields: dict[str, Any]) -> str:
    line = {
        "time": datetime.fromtimestamp(created, UTC),
        "level": level,
        "logger": logger,
        "message": message,
    }
    line |= with_request_id(fields)
    try:
        return msgspec.json.encode(line, enc_hook=str).decode()
    except UnicodeEncodeError:  # half a surrogate pair, as in the name of a file
        return json.dumps(line, default=str)


def with_request_id(fields: dict[str, Any]) -> dict[str, Any]:
    scope = active.get()
    return {"request_id": scope.request_id, **fields} if scope and scope.request_id else fields


def log_request(logger: logging.Logger, message: str, fields: dict[str, Any]) -> None:
    """Log the line of a request, as ``logger.info()`` does.

    Where a record would only reach a `JSONHandler`, none is made. That saves 18 of the 206 µs that
    a page of 100 takes.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    elsewhere = logger.filters or (logger.propagate and logging.root.handlers)
    match logger.handlers:
        case [JSONHandler(filters=[]) as only] if not elsewhere:
            # A log that nobody reads any more must not fail the requests.
            with suppress(OSError, ValueError):
                only.stream.write(json_line(time(), "INFO", logger.name, message, fields) + "\n")
        case _:
            logger.info("%s", message, extra={"fields": fields})
