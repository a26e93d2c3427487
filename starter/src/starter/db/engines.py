"""The engines of one database, made from its URL."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError

from ..settings import DID_YOU_MEAN, Settings, SettingsError
from .drivers import check_options, configure, connect_args, must_ping
from .scope import opened
from .statements import SINGLE_WRITES, listen


class Database:
    """The engines of one app or script: each has its own, so two can live in one process.

    :param settings: the settings, or the URL alone.
    :param options: with a URL, other settings by the names of their fields.
    :raises SettingsError: a URL cannot be parsed, or its driver is unknown or not installed.
    """

    def __init__(self, settings: Settings | URL | str, **options: Any) -> None:
        if isinstance(settings, URL):
            settings = settings.render_as_string(hide_password=False)
        if isinstance(settings, str):
            settings = Settings(url=settings, **options)
        self.engine = make_engine("SQLALCHEMY_URL", settings.url, settings)
        # Separate engines: under AUTOCOMMIT a statement is one message to the server instead of
        # three, and switching a shared engine would cost a reset at each checkout.
        single = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        self.writer = reader = make_engine("SQLALCHEMY_URL", settings.url, settings, **single)
        self.engines = [self.engine, self.writer]  # each has a pool
        if url := settings.replica_url:
            reader = make_engine("SQLALCHEMY_REPLICA_URL", url, settings, **single)
            self.engines.append(reader)
        self.reader = reader.execution_options(read_only=True)
        # A test sets this to a connection in a transaction that it rolls back at its end. All that
        # follows then happens on that connection, where a commit ends a savepoint.
        self.joined: Connection | None = None
        self.serves_app = False
        opened[self] = None

    def read(self, unit_of_work: Connection | None = None) -> AbstractContextManager[Connection]:
        """Give a connection for statements that read, each of which is its own transaction.

        :param unit_of_work: an open one, whose connection is used instead.
        """
        return self._connect(self.reader, unit_of_work)

    @contextmanager
    def write(self, unit_of_work: Connection | None = None) -> Iterator[Connection]:
        """Give a connection for statements that write, each of which is committed at once.

        :param unit_of_work: an open one, whose transaction the statements join instead.
        :raises InvalidRequestError: the connection is asked to begin a transaction.
        """
        with self._connect(self.writer, unit_of_work) as connection:
            if not connection.in_transaction():
                connection.begin()  # sends nothing, but a second begin() is an error, not ignored
            try:
                yield connection
            except InvalidRequestError as error:
                error.add_note(SINGLE_WRITES)
                raise

    @contextmanager
    def _connect(self, engine: Engine, unit_of_work: Connection | None) -> Iterator[Connection]:
        if self.joined:
            with self.joined.begin_nested():  # an error must not end the transaction around
                yield self.joined
        elif unit_of_work:
            yield unit_of_work
        else:
            with engine.connect() as connection:
                yield connection

    def close(self) -> None:
        """Close the connections that are not in use; a later use opens new ones."""
        opened.pop(self, None)
        for engine in self.engines:
            engine.dispose()


def make_engine(variable: str, url: str, settings: Settings, **options: Any) -> Engine:
    """Create an engine with timeouts.

    :param variable: the setting that the URL comes from, for the error.
    :raises SettingsError: no engine can be made from the URL.
    """
    parsed = checked_url(variable, url)
    engine = create_engine(
        parsed,
        # A restarted database is noticed before a request meets the dead connection.
        pool_pre_ping=must_ping(parsed),
        pool_size=settings.pool_size,
        pool_timeout=settings.pool_timeout,
        max_overflow=0,
        hide_parameters=True,  # what users sent does not belong in a log
        connect_args=connect_args(parsed, settings),
        **options,
    )
    configure(engine, settings)
    listen(engine, autocommit=bool(options))
    return engine


def checked_url(variable: str, url: str) -> URL:
    """Return a URL that an engine can be made from.

    :raises SettingsError: there is none; the text does not show the URL, which has a password.
    """

    def refusal(wrong: str) -> SettingsError:
        return SettingsError(f"{variable} {wrong}. {DID_YOU_MEAN}")

    if url.count("@") > 1 and not url.startswith("sqlite"):
        raise refusal("has more than one @: in a password, write %40")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise refusal("cannot be parsed") from None
    try:
        dialect = parsed.get_dialect()
        check_options(parsed, dialect.import_dbapi())
    except NoSuchModuleError:
        raise refusal(f"names an unknown driver: {parsed.drivername}") from None
    except ImportError:
        raise refusal(f"names a driver that is not installed: {parsed.drivername}") from None
    except Exception as error:
        raise refusal(f"has an option that its driver refuses: {str(error).strip()}") from None
    if dialect.is_async:
        raise refusal("names a driver for asyncio, which threads cannot use")
    if dialect.name == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise refusal("names a database in memory, which each connection has for itself")
    return parsed


def forget_inherited_connections() -> None:
    """Give a forked child its own pools; the inherited connections belong to the parent."""
    for database in list(opened):
        for engine in database.engines:
            engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=forget_inherited_connections)
