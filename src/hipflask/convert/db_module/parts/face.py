"""The names of Flask-SQLAlchemy's ``db``, for libraries that are handed this module in its place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from .base import Base
from .engines import get_engine
from .sessions import Session


def __getattr__(name: str) -> Any:
    """Return what Flask-SQLAlchemy has by a name, for a library that is handed this module."""
    if name == "engine":
        return get_engine()
    own = {"session": Session, "Model": Base, "metadata": Base.metadata, "Table": make_table}
    if name in own:
        return own[name]
    for library in (sa, orm):
        if hasattr(library, name) and not name.startswith("_"):
            return getattr(library, name)
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
