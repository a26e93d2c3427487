"""The session."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app, g
from sqlalchemy import orm
from sqlalchemy.sql.expression import UpdateBase

from .binds import engine_of, get_engines
from .engines_2 import get_binds, get_engine
from .needs import OMITTED, needs
from .queries import Query


class BoundSession(orm.Session):
    """A session on the database of the current app."""

    def __init__(self, bind: Any = None, **options: Any) -> None:
        if needs("Flask-SQLAlchemy 2"):
            if needs("SQLALCHEMY_BINDS"):
                options.setdefault("binds", get_binds())
            super().__init__(bind or get_engine(), **options)
        elif needs("SQLALCHEMY_BINDS"):
            super().__init__(bind or get_engines().get(None), **options)
        else:
            super().__init__(bind or current_app.extensions["database"], **options)

    if needs("SQLALCHEMY_BINDS"):

        def get_bind(
            self, mapper: Any = None, clause: Any = None, bind: Any = None, **options: Any
        ) -> Any:
            """Return the engine of the bind key of a model or a table."""
            if bind is not None:
                return bind
            if needs("Flask-SQLAlchemy 2"):
                # A join, for a model that inherits from another, has no info.
                table = None if mapper is None else sa.inspect(mapper).persist_selectable
                bind_key = getattr(table, "info", {}).get("bind_key")
                if bind_key is not None:
                    return get_engine(bind=bind_key)
            else:
                if needs("SQLAlchemy 1.4"):
                    table = clause
                else:
                    table = clause.table if isinstance(clause, UpdateBase) else clause
                if mapper is not None:
                    table = sa.inspect(mapper).local_table
                if isinstance(table, sa.Table) and "bind_key" in table.metadata.info:
                    return engine_of(table.metadata.info["bind_key"])
            return super().get_bind(mapper, clause=clause, **options)


SESSION_OPTIONS: dict[str, Any] = {}
# Each app context has a session of its own.
Session = orm.scoped_session(
    orm.sessionmaker(
        class_=BoundSession,
        query_cls=Query if needs("query_cls") else OMITTED,
        **SESSION_OPTIONS if needs("SESSION_OPTIONS") else OMITTED,
    ),
    scopefunc=OMITTED if needs("Flask-SQLAlchemy 2") else g._get_current_object,
)


def create_scoped_session(options: dict[str, Any] | None = None) -> Any:
    """Return a session like `Session`, to be put in its place.

    :param options: of ``sessionmaker``, and the ``scopefunc``.
    """
    options = {"class_": BoundSession, **(options or {})}
    if needs("query_cls"):
        options.setdefault("query_cls", Query)
    if needs("Flask-SQLAlchemy 2"):
        scope = options.pop("scopefunc", None)
    else:
        scope = options.pop("scopefunc", g._get_current_object)
    return orm.scoped_session(orm.sessionmaker(**options), scopefunc=scope)
