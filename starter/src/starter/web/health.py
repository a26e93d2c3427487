"""Whether the process is up, and whether its database can serve."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from ..db import read
from ..db.schema import is_current
from .errors import SCHEMA, problem

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> dict[str, str]:
    """Answer while the process is up, whatever the database does."""
    return {"status": "ok"}


@health.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 while the database answers and its schema is up to date."""
    with read() as connection:
        if is_current(connection):
            return {"status": "ok"}
    command = f"flask --app {current_app.import_name} db upgrade"
    current_app.logger.error(f"{SCHEMA[1]} Run `{command}`.")
    return problem(*SCHEMA)
