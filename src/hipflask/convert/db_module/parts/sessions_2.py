"""The session, which belongs to the thread or greenlet, as with Flask-SQLAlchemy 2."""

from __future__ import annotations

from threading import get_ident
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from .engines_2 import get_app, get_binds, get_engine
from .queries_2 import Query
from .tracking_2 import track_modifications


class BoundSession(orm.Session):
    """A session on the engines of the app that is active."""

    def __init__(self, **options: Any) -> None:
        self.app = get_app()
        options["bind"] = options.get("bind") or get_engine(self.app)
        options.setdefault("binds", get_binds(self.app))
        track_modifications(self)
        super().__init__(**options)

    def get_bind(self, mapper: Any = None, clause: Any = None, **options: Any) -> Any:
        """Return the engine or connection for a statement."""
        if mapper is not None:
            # A join of two tables, for a model that inherits, has no info.
            info = getattr(sa.inspect(mapper).persist_selectable, "info", {})
            bind_key = info.get("bind_key")
            if bind_key is not None:
                return get_engine(self.app, bind_key)
        return super().get_bind(mapper, clause=clause, **options)


def current_thread() -> Any:
    """Return the thread or greenlet that is running: the owner of the session."""
    try:
        from greenlet import getcurrent  # type: ignore[import-untyped]
    except ImportError:
        return get_ident()
    return getcurrent()


SESSION_OPTIONS: dict[str, Any] = {}
Session = orm.scoped_session(
    orm.sessionmaker(class_=BoundSession, query_cls=Query, **SESSION_OPTIONS),
    scopefunc=current_thread,
)


def create_scoped_session(options: dict[str, Any] | None = None) -> Any:
    """Return a session like `Session`, to be put in its place.

    :param options: of ``sessionmaker``, and the ``scopefunc``.
    """
    options = {"class_": BoundSession, **(options or {})}
    scope = options.pop("scopefunc", current_thread)
    return orm.scoped_session(orm.sessionmaker(query_cls=Query, **options), scopefunc=scope)
