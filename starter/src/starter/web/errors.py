"""Every error as RFC 9457 problem+json, and which error of the database is which status."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from flask import Flask, Response, current_app
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES  # the standard library's differ between Pythons

from .pages import ParameterError

RETRY_AFTER = 3  # seconds


def problem(
    status: int, detail: str, errors: Iterable[dict[str, str]] = (), **headers: str
) -> Response:
    """Return a problem answer.

    :param status: the HTTP status, from which the title comes.
    :param detail: what is wrong, for the person who sent the request.
    :param errors: one object for each wrong field: ``pointer`` or ``parameter``, and ``detail``.
    :param headers: more headers, with underscores for hyphens.
    """
    body: dict[str, Any] = {"status": status, "title": HTTP_STATUS_CODES[status], "detail": detail}
    if errors:
        body["errors"] = list(errors)
    response = current_app.response_class(msgspec.json.encode(body), status)
    response.content_type = "application/problem+json"
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def unavailable(detail: str) -> Response:
    """Return the 503 for a database that cannot serve at the moment."""
    return problem(503, detail, Retry_After=str(RETRY_AFTER))


def init_app(app: Flask) -> None:
    """Let every error of an app, expected or not, be answered as a problem."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        response = problem(error.code or 500, error.description or "")
        for name, value in error.get_headers():
            if name != "Content-Type":
                response.headers[name] = value
        return response

    @app.errorhandler(msgspec.DecodeError)
    def not_json(error: msgspec.DecodeError) -> Response:
        return problem(400, f"The body is not JSON: {error}.")

    @app.errorhandler(msgspec.ValidationError)
    def invalid_body(error: msgspec.ValidationError) -> Response:
        detail, _, path = str(error).partition(" - at `$")
        field = re.search(r"(?:missing required|contains unknown) field `(.*)`", detail)
        pointer = "#" + re.sub(r"[.\[]", "/", re.sub(r"[`\]]", "", path))
        if field:
            pointer += "/" + field[1].replace("~", "~0").replace("/", "~1")
        return problem(422, f"{detail}.", [{"pointer": pointer, "detail": detail}])

    @app.errorhandler(ParameterError)
    def invalid_parameter(error: ParameterError) -> Response:
        wrong = {"parameter": error.parameter, "detail": str(error)}
        return problem(422, f"{error.parameter}: {error}", [wrong])

    # The text of a driver can hold data, statements and addresses: it goes to the log alone.

    @app.errorhandler(exc.IntegrityError)
    def conflict(_error: exc.IntegrityError) -> Response:
        app.logger.warning("a constraint refused what was written", exc_info=True)
        return problem(409, "What was sent is in conflict with what is stored.")

    @app.errorhandler(exc.DataError)
    def not_storable(_error: exc.DataError) -> Response:
        app.logger.warning("the database refused a value", exc_info=True)
        return problem(422, "The database cannot hold a value that was sent.")

    @app.errorhandler(exc.TimeoutError)
    def exhausted(_error: exc.TimeoutError) -> Response:
        app.logger.error("no connection came free in FLASK_POOL_TIMEOUT seconds")
        return unavailable("Too many requests are at work in the database.")

    @app.errorhandler(exc.InterfaceError)
    @app.errorhandler(exc.OperationalError)
    def away(_error: exc.DBAPIError) -> Response:
        app.logger.exception("the database did not answer")
        return unavailable("The database does not answer at the moment.")
