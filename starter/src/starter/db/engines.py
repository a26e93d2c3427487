"""The engines of one database, made from its URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from .drivers import configure, connect_args, must_ping

DID_YOU_MEAN = (
    "Did you mean sqlite:////folder/file, postgresql+psycopg://user:password@host/database or "
    "mysql+pymysql://user:password@host/database?"
)


class DatabaseURLError(ValueError):
    """A database URL that no engine can be made from; the text is fit to be shown."""


class Database:
    """The engines of one app or script: each has its own, so two can live in one process.

    :param url: where units of work and single writes go.
    :param replica_url: where single reads go; the same database unless given.
    :param pool_size: connections that each engine may hold: one per thread.
    :param pool_timeout: seconds to wait for a connection of the pool.
    :param connect_timeout: seconds to wait for the server, or for SQLite's lock.
    :param query_timeout: seconds to wait for the answer to a statement; unless given, for ever.
    :raises DatabaseURLError: a URL cannot be parsed, or its driver is unknown or not installed.
    """

    opened: ClassVar[WeakSet[Database]] = WeakSet()

    def __init__(
        self,
        url: str | URL,
        replica_url: str | URL | None = None,
        *,
        pool_size: int = 5,
        pool_timeout: float = 3.0,
        connect_timeout: int = 3,
        query_timeout: float | None = None,
    ) -> None:
        def engine(url: str | URL, **options: Any) -> Engine:
            parsed = checked_url(url)
            made = create_engine(
                parsed,
                # A restarted database is noticed before a request meets the dead connection.
                pool_pre_ping=must_ping(parsed),
                pool_size=pool_size,
                pool_timeout=pool_timeout,
                max_overflow=0,
                hide_parameters=True,  # what users sent does not belong into a log
                connect_args=connect_args(parsed, connect=connect_timeout, query=query_timeout),
                **options,
            )
            configure(made, query_timeout, autocommit=bool(options))
            return made

        self.engine = engine(url)
        # Engines of their own: with AUTOCOMMIT a single statement is one on the wire in place of
        # three, and switching a shared engine over would cost a reset at each checkout.
        single = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        self.writer = engine(url, **single)
        self.reader = engine(replica_url, **single) if replica_url else self.writer
        self.session_options: dict[str, Any] = {"bind": self.engine}
        self.joined: Connection | None = None
        self.opened.add(self)

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine, once."""
        return tuple(dict.fromkeys((self.engine, self.writer, self.reader)))

    def read(self) -> AbstractContextManager[Connection]:
        """Return a connection for single reads, each of which is its own transaction."""
        return nested(self.joined) if self.joined else self.reader.connect()

    def write(self) -> AbstractContextManager[Connection]:
        """Return a connection for single writes, each of which is committed when it returns."""
        return nested(self.joined) if self.joined else self.writer.connect()

    def join(self, connection: Connection) -> None:
        """Ask everything of one connection from now on, as a test does that rolls back at its end.

        :param connection: in a transaction, in which the commits of others become savepoints.
        """
        self.joined = connection
        self.session_options = {"bind": connection, "join_transaction_mode": "create_savepoint"}

    def close(self) -> None:
        """Close the connections that are not in use; a later use opens new ones."""
        self.opened.discard(self)
        for engine in self.engines:
            engine.dispose()


@contextmanager
def nested(connection: Connection) -> Iterator[Connection]:
    with connection.begin_nested():  # an error in it must not end the transaction around
        yield connection


def checked_url(url: str | URL) -> URL:
    """Return a URL that an engine can be made from.

    :raises DatabaseURLError: it cannot be parsed, or its driver is unknown, not installed, or
        one that does not work here. No password is shown.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the URL is not shown: who knows where the password is
        raise DatabaseURLError(f"cannot be parsed. {DID_YOU_MEAN}") from None
    try:
        dialect = parsed.get_dialect()
        dialect.import_dbapi()
    except NoSuchModuleError:
        wrong = "names an unknown driver"
    except ImportError:
        wrong = "names a driver that is not installed"
    else:
        if dialect.is_async:
            wrong = "names a driver for asyncio, which threads cannot use"
        elif dialect.name == "sqlite" and parsed.database in (None, "", ":memory:"):
            wrong = "names a database in memory, which each connection has for itself"
        else:
            return parsed
    # Without the parameters, among which a password can stand too.
    shown = parsed.set(query={}).render_as_string(hide_password=True)
    raise DatabaseURLError(f"{wrong}: {shown}. {DID_YOU_MEAN}")


def forget_inherited_connections() -> None:
    """Give the child of a fork pools of its own: the connections are the parent's."""
    for database in list(Database.opened):
        for engine in database.engines:
            engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=forget_inherited_connections)
