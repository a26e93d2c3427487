"""The way to the database: ``Session`` for units of work, ``read()`` and ``write()`` for single
statements, ``scope()`` for threads and tasks, ``connect()`` for scripts.

Nothing in this directory imports Flask. ``engines.py`` makes the engines and their pools;
``drivers.py`` holds what each driver needs; ``scope.py`` says who owns a session and when it ends;
``statements.py`` times what is executed and notices a write; ``schema.py`` knows which migration
the database is at; ``fast.py`` is for a hot query.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from random import uniform
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, orm
from sqlalchemy.exc import DBAPIError

from .drivers import code_of
from .engines import Database
from .scope import Scope, ScopeRegistry, current, surrounding_database

T = TypeVar("T")


class ScopedSession(orm.Session):
    """A session whose engine is that of its scope, so that two apps can live in one process."""

    def __init__(self, **options: Any) -> None:
        if options.get("bind") is None:
            database = current().database
            options["bind"] = database.joined or database.engine
            options["join_transaction_mode"] = "create_savepoint"  # for a joined connection
        super().__init__(**options)


# Expired objects would be reloaded after a commit, on a connection taken from the pool again.
factory: orm.sessionmaker[orm.Session] = orm.sessionmaker(
    class_=ScopedSession, expire_on_commit=False
)
Session = orm.scoped_session(factory)
Session.registry = ScopeRegistry(factory, current)  # ends with the request, not with the thread

RETRIED = ("40001", "40P01", 1213)  # SQLSTATE of PostgreSQL; the error number of MariaDB and Galera

connected: list[Database] = []  # so that a script need not store what connect() returns


def read() -> AbstractContextManager[Connection]:
    """Return a connection for statements that read, each of which is its own transaction.

    What `Session` has flushed and not yet committed is seen, because its connection is used.

    :raises RuntimeError: when a statement that writes is executed on it.
    """
    scope = current()
    return scope.database.read(scope.unit_of_work())


def write() -> AbstractContextManager[Connection]:
    """Return a connection for statements that write, each of which is committed at once.

    Where `Session` has written and not yet committed, they join its transaction and are committed
    with it: on a connection of their own they would wait for its locks.
    """
    scope = current()
    return scope.database.write(scope.unit_of_work())


def run_transaction(work: Callable[[], T], attempts: int = 5) -> T:
    """Run a unit of work and commit it; run it again if the database ended it for another one.

    A deadlock or a serialization failure is retried after a short random wait, anything else is
    not. What ``work`` does outside of `Session`, such as sending a mail, happens at each attempt.
    The idea is from `CockroachDB <https://www.cockroachlabs.com/docs/stable/transaction-retry-error-reference>`_.

    :param work: uses `Session`, and does not commit it.
    :param attempts: how often it runs at most; the last error is raised.
    """
    for attempt in range(attempts):
        try:
            result = work()
            Session.commit()
            return result
        except DBAPIError as error:
            Session.rollback()
            if code_of(error.orig) not in RETRIED or attempt == attempts - 1:
                raise
            sleep(uniform(0, 0.02 * 2**attempt))
    raise ValueError("attempts must be at least 1")


def scope(database: Database | None = None) -> Scope:
    """Give a thread, a task or a script a session of its own for the length of a ``with`` block.

    :param database: the database to use, unless it is the one of the scope around, or the app's.
    :raises RuntimeError: no database is open.
    """
    return Scope(database or surrounding_database())


def connect(url: str | URL, **options: Any) -> Database:
    """Open a database for a script, without a time limit on statements.

    :param url: the database, as SQLAlchemy writes it.
    :param options: fields of `Settings`, such as ``pool_size=10``.
    :raises SettingsError: no engine can be made from the URL.
    """
    connected.append(Database(url, **{"query_timeout": None} | options))
    return connected[-1]
