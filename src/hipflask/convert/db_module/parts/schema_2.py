"""The tables of the databases, as with Flask-SQLAlchemy 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .base_14 import Base
from .engines_2 import get_app, get_engine, get_tables_for_bind

if TYPE_CHECKING:
    from flask import Flask


def each_bind(bind: str | Iterable[str | None] | None, app: Flask) -> Iterator[str | None]:
    """Yield the binds that are meant; ``"__all__"`` is all of them."""
    if bind == "__all__":
        yield from (None, *(app.config.get("SQLALCHEMY_BINDS") or ()))
    elif bind is None or isinstance(bind, str):
        yield bind
    else:
        yield from bind


def create_all(
    bind: str | Iterable[str | None] | None = "__all__", app: Flask | None = None
) -> None:
    """Create the tables that are not there yet.

    :param bind: a key of SQLALCHEMY_BINDS or several; None is the default bind.
    :param app: the app, unless it is active.
    """
    app = get_app(app)
    for key in each_bind(bind, app):
        Base.metadata.create_all(get_engine(app, key), tables=get_tables_for_bind(key))


def drop_all(bind: str | Iterable[str | None] | None = "__all__", app: Flask | None = None) -> None:
    """Drop all tables.

    :param bind: a key of SQLALCHEMY_BINDS or several; None is the default bind.
    :param app: the app, unless it is active.
    """
    app = get_app(app)
    for key in each_bind(bind, app):
        Base.metadata.drop_all(get_engine(app, key), tables=get_tables_for_bind(key))


def reflect(bind: str | Iterable[str | None] | None = "__all__", app: Flask | None = None) -> None:
    """Read the tables from the database.

    :param bind: a key of SQLALCHEMY_BINDS or several; None is the default bind.
    :param app: the app, unless it is active.
    """
    app = get_app(app)
    for key in each_bind(bind, app):
        Base.metadata.reflect(get_engine(app, key))
