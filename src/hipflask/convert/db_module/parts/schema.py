"""The tables of the one database."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import UnboundExecutionError

from .base import Base
from .engines import get_engines


def default_engine() -> Any:
    """Return the engine of SQLALCHEMY_DATABASE_URI.

    :raises UnboundExecutionError: there is none.
    """
    if None not in get_engines():
        raise UnboundExecutionError("There is no engine. Is SQLALCHEMY_DATABASE_URI set?")
    return get_engines()[None]


def create_all() -> None:
    """Create the tables that are not there yet."""
    Base.metadata.create_all(default_engine())


def drop_all() -> None:
    """Drop all tables."""
    Base.metadata.drop_all(default_engine())


def reflect() -> None:
    """Read the tables from the database."""
    Base.metadata.reflect(default_engine())
