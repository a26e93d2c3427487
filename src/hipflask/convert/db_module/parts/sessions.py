"""The session, which belongs to the app context."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm

from .binds import engine_of
from .engines import get_engines
from .queries import Query


class BoundSession(orm.Session):
    """A session on the engines of the app that is active."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: Any = None, **options: Any
    ) -> Any:
        """Return the engine or connection for a statement."""
        if bind is not None:
            return bind
        if mapper is not None and (engine := engine_of(sa.inspect(mapper).local_table)):
            return engine
        if clause is not None and (engine := engine_of(clause)):
            return engine
        if None in get_engines():
            return get_engines()[None]
        return super().get_bind(mapper, clause=clause, **options)


def app_context() -> Any:
    """Return the app context that is active: the owner of the session.

    :raises RuntimeError: there is none.
    """
    from flask.globals import app_ctx

    return app_ctx._get_current_object()  # type: ignore[attr-defined]


SESSION_OPTIONS: dict[str, Any] = {}
Session = orm.scoped_session(
    orm.sessionmaker(class_=BoundSession, query_cls=Query, **SESSION_OPTIONS),
    scopefunc=app_context,
)
# By the context itself and not by its id(), which a later one may have again.
Session.registry.registry = WeakKeyDictionary()


def create_scoped_session(options: dict[str, Any] | None = None) -> Any:
    """Return a session like `Session`, to be put in its place.

    :param options: of ``sessionmaker``, and the ``scopefunc``.
    """
    options = {"class_": BoundSession, **(options or {})}
    scope = options.pop("scopefunc", app_context)
    session = orm.scoped_session(orm.sessionmaker(query_cls=Query, **options), scopefunc=scope)
    if scope is app_context:
        session.registry.registry = WeakKeyDictionary()
    return session


def remove_session(error: BaseException | None) -> None:
    """Give the connection back when the app context ends."""
    Session.remove()
