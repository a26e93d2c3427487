"""The names of Flask-SQLAlchemy's ``db``, for code that is given this module in its place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from .base import Base
from .engines import get_engine
from .needs import needs
from .sessions import Session


def __getattr__(name: str) -> Any:
    """Return what Flask-SQLAlchemy has by a name, for code that is given this module."""
    if needs("db.engine", "db.*") and name == "engine":
        return get_engine()
    if needs("db.*"):
        own = {"session": Session, "Model": Base, "metadata": Base.metadata, "Table": make_table}
        if name in own:
            return own[name]
        for library in (sa, orm):
            if hasattr(library, name) and not name.startswith("_"):
                return getattr(library, name)
    else:
        if needs("db.session") and name == "session":
            return Session
        if needs("db.Model") and name == "Model":
            return Base
        if needs("db.metadata") and name == "metadata":
            return Base.metadata
    raise AttributeError(name)


def make_table(name: str, *args: Any, **options: Any) -> sa.Table:
    """Return a table of the models' metadata, unless another is given."""
    if not isinstance(next(iter(args), None), sa.MetaData):
        args = (Base.metadata, *args)
    return sa.Table(name, *args, **options)


def __dir__() -> list[str]:
    """List these names as well, for ``dir(db)`` and for mocks that are made after it."""
    own = ["session", "Model", "engine", "metadata", "Table", "relationship", "dynamic_loader"]
    return sorted({*globals(), *own})
