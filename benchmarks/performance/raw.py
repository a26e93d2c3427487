"""The driver alone as a way to the data, in the starter's own app and wrapper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starter.db.statements import timed

from .drivers import driver
from .ways import app_by

if TYPE_CHECKING:
    from flask import Flask


def create_app(url: str) -> Flask:
    """Make the app.

    :param url: the database, which is that of $SQLALCHEMY_URL, too.
    """
    return app_by(driver(url, execute))


def execute(cursor: Any, sql: str, values: Any) -> None:
    """Execute a statement, counted and timed as the starter's are: the log line tells it."""
    timed(cursor.execute, sql, values)
