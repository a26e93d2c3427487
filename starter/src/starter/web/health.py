"""Whether the process is up, and whether its database can serve."""

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from ..db import read
from ..db.schema import is_current
from .errors import unavailable

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> dict[str, str]:
    """Tell that the process is up; asks nobody."""
    return {"status": "ok"}


@health.get("/readyz")
def ready() -> ResponseReturnValue:
    """Tell that the database answers and that its schema is the newest."""
    with read() as connection:
        if is_current(connection):
            return {"status": "ok"}
    current_app.logger.error("the database is behind the migrations: run alembic upgrade head")
    return unavailable("The schema of the database is not the newest.")
