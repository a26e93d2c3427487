"""The names of the extension, for what is handed the module in its place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from .base import Base
from .engines import get_engine, get_engines
from .sessions import Session
from .tables import make_table
from .version import FLASK_SQLALCHEMY_2


def __getattr__(name: str) -> Any:
    """Return what Flask-SQLAlchemy's ``db`` had by a name, for code that is handed this module."""
    if name == "session":
        return Session
    if name == "Model":
        return Base
    if name == "engine":
        if FLASK_SQLALCHEMY_2:
            return get_engine()
        else:  # noqa: RET505
            return get_engines()[None]
    if not FLASK_SQLALCHEMY_2:  # noqa: SIM102
        if name == "engines":
            return get_engines()
    if name == "metadata":
        return Base.metadata
    if name == "Table":
        return make_table
    for library in (sa, orm):
        if not name.startswith("_") and hasattr(library, name):
            return getattr(library, name)
    raise AttributeError(name)
