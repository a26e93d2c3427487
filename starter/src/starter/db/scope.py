"""Which session belongs to whom: one scope per request, app context, task or ``with``."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.util import ScopedRegistry

from .engines import Database


class Scope:
    """The one owner of a session, and of what was spent in the database on its behalf.

    It is found through a context variable, so that every thread and task of a request reaches
    the same object: never by thread (an async view runs on another one) and never by ``id()``
    (addresses are used again).

    :param database: the engines that ``Session`` and ``read()`` work on in this scope.
    :param shared: the app contexts that are pushed inside use this scope, as those of a request
        do, in place of one of their own.
    """

    def __init__(self, database: Database, *, shared: bool = False) -> None:
        self.database = database
        self.shared = shared
        self.session: Session | None = None
        self.user: object = None
        self.outer: Scope | None = None
        self.closed = False
        self.process = os.getpid()
        self.on_close: Callable[[Scope], None] | None = None
        self.request_id = ""
        self.statements = 0
        self.seconds = 0.0

    def close(self) -> None:
        """Roll back what is not committed and give the connection back; again is harmless."""
        self.closed = True
        session, self.session = self.session, None
        if session is None:
            return
        # Asked anew: the threads of a parent end in the child before any hook of the fork runs.
        if self.process != os.getpid():
            inherited.append(session)  # over a fork: its transaction is the parent's to end
            return
        try:
            session.close()
        except DBAPIError:  # the connection is lost, so there is nothing to roll back
            session.invalidate()

    # A body that a server drops without close(), an app context whose teardown raised, a thread
    # that ended: the holder of the scope is gone, and nobody else would close it.
    __del__ = close

    def __enter__(self) -> Scope:
        self.outer = active.get()
        active.set(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        active.set(self.outer)
        self.close()


active: ContextVar[Scope | None] = ContextVar("scope", default=None)
inherited: list[Session] = []


def innermost() -> Scope | None:
    """Return the open scope around the caller, past those that are closed or of a parent."""
    scope = active.get()
    while scope is not None and (scope.closed or scope.process != os.getpid()):
        scope = scope.outer
    return scope


def current() -> Scope:
    """Return the scope of the caller; a plain thread gets one that lasts as long as it does.

    :raises RuntimeError: no scope is open, and it cannot be told which database is meant.
    """
    scope = innermost()
    if scope is None:
        scope = Scope(surrounding_database())
        active.set(scope)
    return scope


def surrounding_database() -> Database:
    """Return the database of the scope around the caller, else the only one of the process.

    :raises RuntimeError: there is none, or more than one.
    """
    # A closed scope still knows its database: what outlives its request stays with its app.
    if (scope := active.get()) is not None:
        return scope.database
    match list(Database.opened):
        case [database]:
            return database
        case []:
            raise RuntimeError("No database is open. Did you call connect(url) or create_app()?")
        case _:
            raise RuntimeError("Several databases are open. Did you mean `with scope(database):`?")


class ScopeRegistry(ScopedRegistry[Session]):
    """Keeps a ``scoped_session``'s session in its scope, with which it ends.

    :param factory: what makes a session.
    """

    def __init__(self, factory: sessionmaker[Session]) -> None:
        super().__init__(factory, current)

    def __call__(self) -> Session:
        """Return the session of the caller's scope.

        :raises RuntimeError: another task or thread has a transaction open in it.
        """
        scope = current()
        if scope.session is None:
            scope.session = self.createfunc()
        user = _task_or_thread()
        if scope.user not in (None, user) and scope.session.in_transaction():
            raise RuntimeError(
                "Another task or thread has a transaction open in this session. Did you mean to "
                "commit it first, or to give each its own with `with scope():`?"
            )
        scope.user = user
        return scope.session

    def has(self) -> bool:
        return current().session is not None

    def set(self, obj: Session) -> None:
        current().session = obj

    def clear(self) -> None:
        current().session = None


def _task_or_thread() -> object:
    try:
        return asyncio.current_task() or threading.get_ident()
    except RuntimeError:  # no event loop runs here
        return threading.get_ident()
