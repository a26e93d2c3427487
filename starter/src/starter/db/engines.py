"""The engines of one database, made from its URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError

from ..settings import DID_YOU_MEAN, Settings
from .drivers import configure, connect_args, must_ping
from .scope import opened
from .statements import listen


class DatabaseURLError(ValueError):
    """A database URL that no engine can be made from; the text is fit to be shown."""


class Database:
    """The engines of one app or script: each has its own, so two can live in one process.

    :param settings: the settings, or the URL alone.
    :param options: with a URL, other settings by the names of their fields.
    :raises DatabaseURLError: a URL cannot be parsed, or its driver is unknown or not installed.
    """

    def __init__(self, settings: Settings | URL | str, **options: Any) -> None:
        if isinstance(settings, URL):
            settings = settings.render_as_string(hide_password=False)
        if isinstance(settings, str):
            settings = Settings(url=settings, **options)
        self.engine = make_engine("SQLALCHEMY_URL", settings.url, settings)
        # Engines of their own: with AUTOCOMMIT a single statement is one on the wire instead of
        # three, and switching a shared engine over would cost a reset at each checkout.
        single = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        self.writer = make_engine("SQLALCHEMY_URL", settings.url, settings, **single)
        self.replica = None
        if url := settings.replica_url:
            self.replica = make_engine("SQLALCHEMY_REPLICA_URL", url, settings, **single)
        self.reader = (self.replica or self.writer).execution_options(read_only=True)
        self.session_options: dict[str, Any] = {"bind": self.engine}
        self.joined: Connection | None = None
        self.serves_app = False
        opened[self] = None

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine that has a pool of its own."""
        return tuple(filter(None, (self.engine, self.writer, self.replica)))

    @contextmanager
    def read(self, unit_of_work: Connection | None = None) -> Iterator[Connection]:
        """Give a connection for statements that read, each of which is its own transaction.

        :param unit_of_work: an open one, whose connection is used instead.
        """
        if self.joined:
            with self.joined.begin_nested():  # an error must not end the transaction around
                yield self.joined
        elif unit_of_work:
            yield unit_of_work
        else:
            with self.reader.connect() as connection:
                yield connection

    @contextmanager
    def write(self, unit_of_work: Connection | None = None) -> Iterator[Connection]:
        """Give a connection for statements that write, each of which is committed at once.

        :param unit_of_work: an open one, whose transaction the statements join instead.
        :raises InvalidRequestError: the connection is asked to begin a transaction.
        """
        if self.joined or unit_of_work:
            with self.read(unit_of_work) as connection:
                yield connection
            return
        with self.writer.connect() as connection:
            connection.begin()  # sends nothing, but a second begin() is an error, not ignored
            try:
                yield connection
            except InvalidRequestError as error:
                error.add_note(
                    "write() commits each statement at once. For statements that hold together, "
                    "did you mean Session.execute() and Session.commit()?"
                )
                raise

    def join(self, connection: Connection) -> None:
        """Use one connection for everything from now on, as a test does that rolls back at its end.

        :param connection: in a transaction, in which commits become savepoints.
        """
        self.joined = connection
        self.session_options = {"bind": connection, "join_transaction_mode": "create_savepoint"}

    def close(self) -> None:
        """Close the connections that are not in use; a later use opens new ones."""
        opened.pop(self, None)
        for engine in self.engines:
            engine.dispose()


def make_engine(variable: str, url: str, settings: Settings, **options: Any) -> Engine:
    """Make an engine whose waits are bounded.

    :param variable: the setting that the URL comes from, for the error.
    :raises DatabaseURLError: no engine can be made from the URL.
    """
    try:
        parsed = checked_url(url)
    except DatabaseURLError as error:
        raise DatabaseURLError(f"{variable} {error} {DID_YOU_MEAN}") from None
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


def checked_url(url: str) -> URL:
    """Return a URL that an engine can be made from; no error shows a password."""
    # With a second @, the rest of the password would be taken for the host, which is shown.
    if url.count("@") > 1 and not url.startswith("sqlite"):
        raise DatabaseURLError("has more than one @. Did you mean %40 for one in the password?")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseURLError("cannot be parsed.") from None
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
    raise DatabaseURLError(f"{wrong}: {parsed.set(query={}).render_as_string()}.")


def forget_inherited_connections() -> None:
    """Give the child of a fork pools of its own: the connections are the parent's."""
    for database in list(opened):
        for engine in database.engines:
            engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=forget_inherited_connections)
