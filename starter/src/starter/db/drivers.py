"""What each driver needs: timeouts, a check before each use, SQLite's pragmas."""

from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from time import monotonic
from typing import Any, cast

from sqlalchemy import URL, Engine, ExceptionContext, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from ..settings import Settings

# Seconds after which a firewall or a balancer may have dropped an idle connection silently.
IDLE = 60.0
RETRY = 0.25  # seconds between attempts to reach a database that is away
READ_ONLY = ("25006", 1290, 1836)  # what a standby answers to a write


def connect_args(url: URL, settings: Settings) -> dict[str, Any]:
    """Return the timeout arguments of a driver, except those that the URL sets."""
    connect, query = settings.connect_timeout, settings.query_timeout
    waits: dict[str, dict[str, float | None]] = {
        "psycopg": {"connect_timeout": connect},
        # The greeting of the server is read in read_timeout, which configure() then sets anew.
        "pymysql": {"connect_timeout": connect, "read_timeout": connect, "write_timeout": query},
        "pysqlite": {"timeout": query or connect},  # to wait for the lock
    }
    given = waits.get(url.get_driver_name(), {})
    return {name: seconds for name, seconds in given.items() if name not in url.query}


def check_options(url: URL, driver: Any) -> None:
    """Check the options of a URL, which its driver itself does only when it connects.

    :raises Exception: the driver does not know an option, or cannot use its value.
    """
    dialect: Any = url.get_dialect()
    arguments, options = dialect(dbapi=driver).create_connect_args(url)
    match url.get_driver_name():
        case "psycopg":
            driver.conninfo.make_conninfo(**{name: options[name] for name in url.query})
        case "pymysql":
            signature(driver.connect).bind(*arguments, **options)


def code_of(error: object) -> str | int | None:
    """Return the code that the database gave an error of its driver."""
    match error:
        case BaseException(args=[int(number), *_]):  # PyMySQL
            return number
        case object(sqlite_errorcode=int(code)):
            return code & 0xFF
        case object(sqlstate=str(state)):  # psycopg
            return state
    return None


def must_ping(url: URL) -> bool:
    """Tell whether only a round trip to the server shows that a connection has been lost."""
    return url.get_driver_name() not in ("psycopg", "pysqlite")


def configure(engine: Engine, settings: Settings) -> None:
    """Add event listeners for what connect arguments cannot configure."""

    @event.listens_for(engine, "handle_error")
    def drop_read_only(context: ExceptionContext) -> None:
        # After a switchover, the connections to the old primary refuse every write.
        if code_of(context.original_exception) in READ_ONLY:
            context.is_disconnect = True

    connect: Callable[..., Any] = engine.dialect.connect
    match engine.dialect.driver:
        case "psycopg":
            connect = configure_psycopg(engine, settings)
        case "pymysql" if "read_timeout" not in engine.url.query:

            @event.listens_for(engine, "connect")
            def set_timeouts(connection: Any, _record: object) -> None:
                if seconds := settings.query_timeout:
                    # The server ends the statement; the socket ends the wait for a frozen server.
                    name, value = "max_statement_time", seconds
                    if "MariaDB" not in connection.get_server_info():
                        name, value = "max_execution_time", seconds * 1000
                    connection.query(f"SET SESSION {name} = {value}")
                    seconds += 1
                connection._read_timeout = seconds  # PyMySQL has no public name for it

        case "pysqlite":
            event.listen(engine, "connect", configure_sqlite)
    fail_fast(engine, connect, settings.connect_timeout)


def fail_fast(engine: Engine, connect: Callable[..., Any], timeout: float) -> None:
    """While the database does not answer, let one thread try to connect, and fail the others.

    Otherwise every thread would wait for the timeout, and requests for a thread.
    """
    away: Exception | None = None
    again = 0.0

    @event.listens_for(engine, "do_connect")
    def connect_or_fail(_dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        nonlocal away, again
        if away and monotonic() < again:
            raise type(away)(*away.args)
        began = monotonic()
        again = began + timeout  # by then this thread knows
        try:
            connection = connect(*args, **options)
        except engine.dialect.loaded_dbapi.OperationalError as error:
            again = monotonic() + RETRY
            # What is refused at once makes nobody wait, so every request may try.
            away = error if monotonic() - began > RETRY else None
            raise
        away = None
        return connection


def configure_psycopg(engine: Engine, settings: Settings) -> Callable[..., Any]:
    """Add event listeners, and return what connects."""
    # Imported here, because other databases do not need psycopg.
    from psycopg import Connection, OperationalError
    from psycopg.errors import QueryCanceled
    from psycopg.pq import TransactionStatus

    class BoundedConnection(Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, timeout or settings.query_timeout)
            except OperationalError:
                if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                    raise
                with suppress(OperationalError):  # or the server would go on, and write late
                    self.cancel_safe(timeout=1.0)
                self.close()  # a late result must not be read by the next statement
                raise QueryCanceled("no result within the query timeout") from None

    @event.listens_for(engine, "connect")
    def prepare(connection: BoundedConnection, _record: object) -> None:
        if (prepares := settings.prepared_statements) is None:
            # In transaction mode, PgBouncer lets one client execute what another has prepared. Its
            # process id differs from that of the server.
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            connection.rollback()
            prepares = row == (connection.info.backend_pid,)
        if not prepares:
            connection.prepare_threshold = None

    @event.listens_for(engine, "checkout")
    def check(connection: BoundedConnection, record: ConnectionPoolEntry, _: object) -> None:
        # A server that hung up has said so on the socket, which costs no round trip to see.
        idle = monotonic() - record.info.get("used", monotonic())
        record.info["used"] = monotonic()
        try:
            for _ in range(2):  # reads the last message, then sees the closed socket
                connection.pgconn.consume_input()
            if idle > IDLE:
                engine.dialect.do_ping(cast(Any, connection))
        except OperationalError:
            raise InvalidatePoolError from None

    connect: Callable[..., Any] = BoundedConnection.connect
    return connect


def configure_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")  # readers beside a writer
    connection.execute("PRAGMA foreign_keys = ON")
