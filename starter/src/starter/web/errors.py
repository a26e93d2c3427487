"""Every error as RFC 9457 problem+json, and which error of the database is which status."""

import re
from collections.abc import Iterable
from time import monotonic
from typing import Any

import msgspec
from flask import Flask, Response, current_app, request
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES  # the standard library's differ between Pythons

from ..db import Session, read
from ..db.drivers import READ_ONLY, code_of
from ..db.schema import is_current

RETRY_AFTER = "3"  # seconds
TRACEBACK_AGAIN = 60.0  # seconds until the traceback of a 503 is logged again

Meaning = tuple[int, str]  # status and detail
BUSY = 503, "The database is busy."
SCHEMA = 503, "The database schema is out of date."
CONFLICT = 409, "The request conflicts with stored data."
BUG = 500, ""

# For each answer, the errors that mean it: codes of the database and classes of SQLAlchemy. The code
# decides if it is known. It is the SQLSTATE (PostgreSQL), the error number (MariaDB and MySQL, from
# 1000) or the primary result code (SQLite, below 256).
ERRORS: dict[Meaning, tuple[object, ...]] = {
    (404, "The requested object does not exist."): (exc.NoResultFound,),
    (422, "The database does not accept this value."): (exc.DataError,),
    # A violated constraint; a row that another request has changed or deleted.
    CONFLICT: (exc.IntegrityError, StaleDataError, 3819, 4025),
    (503, "The database does not answer."): (exc.OperationalError, exc.InterfaceError),
    (503, "All database connections are in use."): (exc.TimeoutError,),
    # Held locks, deadlocks, conflicts of transactions, too many connections.
    BUSY: ("40001", "40P01", "53300", "55P03", "57014", 1040, 1203, 1205, 1213, 1969, 3024, 5, 6),
    (503, "The database is read-only."): READ_ONLY,
    # No such table or column; SQLite's 1 is any error in SQL.
    SCHEMA: ("42P01", "42703", 1146, 1054, 1),
    # No such function; writes on a read-only connection.
    BUG: (1305, 1792, 8),
}
MEANINGS = {error: meaning for meaning, errors in ERRORS.items() for error in errors}


def meaning_of(error: Exception) -> Meaning:
    """Return what an error of SQLAlchemy means to the client."""
    meaning = MEANINGS.get(code_of(getattr(error, "orig", None))) or MEANINGS.get(type(error), BUG)
    if meaning is SCHEMA:
        Session.rollback()  # a transaction that has failed would refuse the question
        with read() as connection:
            return BUG if is_current(connection) else SCHEMA
    return meaning


def problem(
    status: int, detail: str, *errors: dict[str, str], headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Return an error as a response.

    :param status: the HTTP status, which gives the title.
    :param detail: what is wrong, for the person who sent the request.
    :param errors: one for each wrong field: ``pointer`` or ``parameter``, and ``detail``.
    """
    body: dict[str, Any] = {"status": status, "title": HTTP_STATUS_CODES[status], "detail": detail}
    if errors:
        body["errors"] = errors
    response = current_app.response_class(msgspec.json.encode(body), status, headers)
    response.content_type = "application/problem+json"
    if status == 503:
        response.headers.setdefault("Retry-After", RETRY_AFTER)
    return response


def init_app(app: Flask) -> None:
    """Answer every error of an app, expected or not, with a problem."""
    logged: dict[Meaning, float] = {}  # when the traceback of a 503 was logged

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        return problem(error.code or 500, error.description or "", headers=error.get_headers())

    @app.errorhandler(msgspec.DecodeError)
    def not_json(error: msgspec.DecodeError) -> Response:
        return problem(400, f"The body is not valid JSON: {error}.")

    @app.errorhandler(msgspec.ValidationError)
    def invalid_body(error: msgspec.ValidationError) -> Response:
        detail, _, path = str(error).partition(" - at `$")
        pointer = "#" + re.sub(r"[.\[]", "/", re.sub(r"[`\]]", "", path))
        if field := re.search(r"(?:missing required|contains unknown) field `(.*)`", detail):
            pointer += "/" + field[1].replace("~", "~0").replace("/", "~1")
        return problem(422, f"{detail}.", {"pointer": pointer, "detail": detail})

    @app.errorhandler(exc.SQLAlchemyError)
    def database_error(error: exc.SQLAlchemyError) -> Response:
        meaning = meaning_of(error)
        if meaning is BUG:
            raise error  # as if there were no handler
        # Not the driver's text: it can hold what was sent: "Key (email)=(...) already exists".
        cause = getattr(error, "orig", error)
        told = f"{type(cause).__name__} {code_of(cause) or ''}".strip()
        if statement := getattr(error, "statement", None):
            told += f": {statement[:200]}"
        request.environ["log.fields"] = {"error": told}
        # In an outage, the tracebacks of all requests would be a megabyte a second.
        if meaning[0] == 503 and monotonic() - logged.get(meaning, -1e9) > TRACEBACK_AGAIN:
            logged[meaning] = monotonic()
            run = f" Run `flask --app {app.import_name} db upgrade`." if meaning is SCHEMA else ""
            app.logger.error(meaning[1] + run, exc_info=error)
        return problem(*meaning)
