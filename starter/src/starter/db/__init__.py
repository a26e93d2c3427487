"""The way to the database: ``Session`` for units of work, else ``read()`` and ``write()``.

A unit of work is several statements that hold together, or objects that change: it begins, and
ends in a commit or a rollback. What one statement can say needs no transaction around it.
"""

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import URL, Connection, orm

from .engines import Database
from .scope import Scope, ScopeRegistry, current, surrounding_database


class ScopedSession(orm.Session):
    """A session on the database of its scope: its engine is the app's, not the module's."""

    def __init__(self, **options: Any) -> None:
        if options.get("bind") is None:
            options |= current().database.session_options
        super().__init__(**options)


# Expiring at commit would load the objects again, on the connection that the commit gave back.
factory: orm.sessionmaker[orm.Session] = orm.sessionmaker(
    class_=ScopedSession, expire_on_commit=False
)
Session = orm.scoped_session(factory)
Session.registry = ScopeRegistry(factory)  # ends with the request, not with the thread

connected: list[Database] = []  # a script need not keep what connect() returns


def read() -> AbstractContextManager[Connection]:
    """Return a connection for single reads, on which each statement is its own transaction."""
    return current().database.read()


def write() -> AbstractContextManager[Connection]:
    """Return a connection for single writes, each committed by the time it returns."""
    return current().database.write()


def scope(database: Database | None = None) -> Scope:
    """Give a thread, a task or a script a session of its own for the length of a ``with``.

    :param database: needed only where the process has several and no scope is around.
    :raises RuntimeError: it cannot be told which database is meant.
    """
    return Scope(database or surrounding_database())


def connect(url: str | URL, **options: Any) -> Database:
    """Open a database for a script: the one meant where nothing else says which.

    :param url: the database, as SQLAlchemy writes it; the options are those of `Database`.
    :raises DatabaseURLError: no engine can be made from the URL.
    """
    connected.append(Database(url, **options))
    return connected[-1]
