"""What each driver needs: bounds on every wait, a look before each use, SQLite's transactions."""

from __future__ import annotations

import select
from collections.abc import Callable
from inspect import signature
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

# Which argument of a driver bounds which wait. psycopg has none for the answer to a statement.
WAITS = {
    "psycopg": {"connect_timeout": "connect"},
    # The greeting of the server is read in read_timeout, which bound_pymysql() sets anew.
    "pymysql": {"connect_timeout": "connect", "read_timeout": "connect", "write_timeout": "query"},
    "pysqlite": {"timeout": "connect"},
}

# Seconds for which a connection that has just been used is not looked at: under load that would
# hand the interpreter's lock to another thread each time. HikariCP takes ten times as long.
FRESH = 0.05
# Seconds after which something on the way, a firewall or a balancer, may have dropped it silently.
REST = 60.0

# The socket of a connection; the pool has to ask the server in place of a driver not named here.
SOCKETS: dict[str, Callable[[Any], int]] = {
    "psycopg": lambda connection: connection.fileno(),
    "pymysql": lambda connection: connection._sock.fileno(),
}


def connect_args(url: URL, **seconds: float | None) -> dict[str, Any]:
    """Return the arguments that bound the waits of a driver; what the URL says itself stands.

    :param seconds: ``connect`` and ``query``, as `Database` takes them.
    """
    waits = WAITS.get(url.get_driver_name(), {})
    return {name: seconds[wait] for name, wait in waits.items() if name not in url.query}


def check_options(url: URL) -> None:
    """Check the options of a URL, which the driver itself does only when it connects.

    :raises Exception: the driver does not know an option, or it is not of the right type.
    """
    dialect: Any = url.get_dialect()
    driver = dialect.import_dbapi()
    arguments, options = dialect(dbapi=driver).create_connect_args(url)
    match url.get_driver_name():
        case "psycopg":
            from psycopg.conninfo import make_conninfo

            make_conninfo(**{name: options[name] for name in url.query.keys() & options.keys()})
        case "pymysql":
            signature(driver.connect).bind(*arguments, **options)


def configure(engine: Engine, query_timeout: float | None, *, autocommit: bool) -> None:
    """Make the connections of an engine behave.

    :param query_timeout: seconds to wait for the answer to a statement.
    :param autocommit: the engine never begins a transaction.
    """
    driver = engine.dialect.driver
    if driver in SOCKETS:
        event.listen(engine, "checkout", refuse_lost(engine, SOCKETS[driver]))
    match driver:
        case "psycopg" if query_timeout is not None:
            bound_psycopg(engine, query_timeout)
        case "pymysql" if "read_timeout" not in engine.url.query:
            event.listen(engine, "connect", bound_pymysql(query_timeout))
        case "pysqlite":
            event.listen(engine, "connect", prepare_sqlite)
            if not autocommit:
                event.listen(engine, "before_cursor_execute", begin_sqlite)


def must_ping(url: URL) -> bool:
    """Tell whether only a round trip to the server shows that a connection has been lost."""
    return url.get_driver_name() not in {*SOCKETS, "pysqlite"}


def refuse_lost(engine: Engine, socket: Callable[[Any], int]) -> Callable[..., None]:
    """Return a listener that lets the pool connect anew where the server has hung up.

    Nothing comes unasked on a healthy connection, so a silent socket is a good one, which is known
    without a round trip. The idea is urllib3's ``is_connection_dropped()``. Only after a rest, or
    when something did come (a farewell, or a mere notice?), the server is asked.
    """
    dialect = engine.dialect

    def look(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        now = monotonic()
        unused = now - record.info.get("used", now)
        record.info["used"] = now
        if unused < FRESH:
            return
        try:
            if unused > REST or something_came(socket(connection)):
                dialect.do_ping(connection)
        except (AttributeError, dialect.loaded_dbapi.Error):  # it is closed on this side already
            raise InvalidatePoolError from None

    return look


def something_came(socket: int) -> bool:
    if not hasattr(select, "poll"):  # on Windows
        return bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def bound_psycopg(engine: Engine, seconds: float) -> None:
    # Here, because another database does not need psycopg.
    from psycopg import Connection, OperationalError
    from psycopg.pq import TransactionStatus

    class BoundedConnection(Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, seconds if timeout is None else timeout)
            except OperationalError:
                # The answer, should it still come, belongs to nobody: not to the next statement.
                if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    self.close()
                raise

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, args: Any, options: Any) -> BoundedConnection:
        return BoundedConnection.connect(*args, **options)


def bound_pymysql(seconds: float | None) -> Callable[[Any, object], None]:
    def bound(connection: Any, _record: object) -> None:
        connection._read_timeout = seconds

    return bound


def prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin by itself, and too late: after SELECT, DDL and SAVEPOINT.
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")  # readers beside a writer
    connection.execute("PRAGMA foreign_keys = ON")


def begin_sqlite(_connection: Connection, cursor: Any, statement: str, *_execution: object) -> None:
    reads = statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "EXPLAIN"))
    if not reads and not cursor.connection.in_transaction:
        cursor.connection.execute("BEGIN IMMEDIATE")
