"""The engines of one database, made from its URL, with what each driver needs to behave."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

DID_YOU_MEAN = (
    "Did you mean sqlite:////folder/file, postgresql+psycopg://user:password@host/database or "
    "mysql+pymysql://user:password@host/database?"
)


class DatabaseURLError(ValueError):
    """A database URL that no engine can be made from; the text is fit to be shown."""


class Database:
    """The engines of one app or script: each has its own, so two can live in one process.

    :param url: where units of work go.
    :param replica_url: where single reads go; the same database unless given.
    :param pool_size: connections that each of the two engines may hold: one per thread.
    :param pool_timeout: seconds to wait for a connection of the pool.
    :param connect_timeout: seconds to wait for the server, or for SQLite's lock.
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
    ) -> None:
        options: dict[str, Any] = {"pool_size": pool_size, "pool_timeout": pool_timeout}
        self.engine = _engine(url, connect_timeout, **options)
        # An engine of its own: with AUTOCOMMIT a read is one statement on the wire in place of
        # three, and switching a shared engine over would cost a reset at each checkout.
        options["isolation_level"] = "AUTOCOMMIT"
        self.reader = _engine(replica_url or url, connect_timeout, **options)
        self.session_options: dict[str, Any] = {"bind": self.engine}
        self.opened.add(self)

    def read(self) -> AbstractContextManager[Connection]:
        """Return a connection for single statements, each of which is its own transaction."""
        return self.reader.connect()

    def close(self) -> None:
        """Close the connections that are not in use; a later use opens new ones."""
        self.opened.discard(self)
        self.engine.dispose()
        self.reader.dispose()


def _engine(url: str | URL, connect_timeout: int, **options: Any) -> Engine:
    parsed = checked_url(url)
    timeout = "timeout" if parsed.get_backend_name() == "sqlite" else "connect_timeout"
    engine = create_engine(
        parsed,
        # A database that was restarted is noticed before a request meets the dead connection.
        pool_pre_ping=True,
        max_overflow=0,
        # What the URL itself says stands.
        connect_args={} if timeout in parsed.query else {timeout: connect_timeout},
        **options,
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        if "isolation_level" not in options:
            event.listen(engine, "begin", _begin_sqlite)
    return engine


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


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin by itself, and too late: after SELECT, DDL and SAVEPOINT.
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")  # readers beside a writer
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # Straight on the driver's connection, so that it is not counted as a statement.
    mode = connection.get_execution_options().get("sqlite_begin", "")
    connection.connection.cursor().execute(f"BEGIN {mode}")
