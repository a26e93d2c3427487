"""Who owns a session: one scope for each request, app context, task or ``with`` block."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.util import ScopedRegistry

if TYPE_CHECKING:
    from .engines import Database


class Scope:
    """The owner of one session, and of the count of what that session's request has executed.

    A context variable holds it, so every thread and task of a request finds the same object. A
    thread would be the wrong key, because an async view runs on another one; so would ``id()``,
    because addresses are reused.

    :param database: what ``Session``, ``read()`` and ``write()`` use inside.
    :param shared: app contexts that are pushed inside use this scope instead of their own.
    """

    def __init__(self, database: Database, *, shared: bool = False) -> None:
        self.database = database
        self.shared = shared
        self.session: Session | None = None
        self.holder: object = None  # the task or thread that used the session last
        self.outer: Scope | None = None
        self.closed = False
        self.process = os.getpid()
        self.on_close: Callable[[], None] | None = None
        self.request_id = ""
        self.statements = 0
        self.seconds = 0.0

    def unit_of_work(self) -> Connection | None:
        """Return the connection of a unit of work that has written and is still open.

        Other connections do not see what it has written, and can wait for its locks for ever.
        """
        session = self.session
        if session and session.is_active and session.in_transaction():
            connection = session.connection()
            if connection.info.get("written_in") is connection.get_transaction():
                return connection
        return None

    def close(self) -> None:
        """End the scope and its session; a second call does nothing."""
        self.closed = True
        self.release()

    def release(self) -> None:
        """Roll back what is not committed, and give the connection back to its pool."""
        session, self.session = self.session, None
        # The process is asked again: after a fork, the parent's threads end in the child first.
        if session and self.process != os.getpid():
            inherited.append(session)  # its transaction is the parent's to end
        elif session:
            try:
                session.close()
            except DBAPIError:  # the connection is lost, so there is nothing to roll back
                session.invalidate()

    # Nobody else closes a scope whose holder is gone: a body that a server drops without close(),
    # an app context whose teardown raised.
    __del__ = close

    def __enter__(self) -> Scope:
        self.outer = active.get()
        active.set(self)
        return self

    def __exit__(self, *exc_info: object) -> None:
        active.set(self.outer)
        self.close()


active: ContextVar[Scope | None] = ContextVar("scope", default=None)
opened: WeakKeyDictionary[Database, None] = WeakKeyDictionary()  # in the order of opening
inherited: list[Session] = []


def innermost() -> Scope | None:
    """Return the open scope around the caller, or ``None``."""
    scope = active.get()
    while scope is not None and (scope.closed or scope.process != os.getpid()):
        scope = scope.outer
    return scope


def current() -> Scope:
    """Return the scope of the caller; the main thread of a script gets one that lasts.

    :raises RuntimeError: there is no scope on this thread, or no database is open.
    """
    scope = innermost()
    if scope is None:
        # A pooled thread outlives its jobs, and would keep the connection of each for ever.
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("No scope is open on this thread. Did you mean `with scope():`?")
        scope = Scope(surrounding_database())
        active.set(scope)
    return scope


def surrounding_database() -> Database:
    """Return the database of the scope around the caller, even of a closed one.

    Outside every scope it is the first app's, or else the one that was opened first.

    :raises RuntimeError: no database is open.
    """
    if scope := active.get():
        return scope.database
    if opened:
        return min(opened, key=lambda database: not database.serves_app)
    raise RuntimeError("No database is open. Did you call connect(url) or create_app()?")


class ScopeRegistry(ScopedRegistry[Session]):
    """Keeps the session of a ``scoped_session`` in its scope, with which it ends."""

    def __call__(self) -> Session:
        """Return the session of the caller's scope.

        :raises RuntimeError: another task or thread has a transaction open in it.
        """
        scope = current()
        if scope.session is None:
            scope.session = self.createfunc()
        user = task_or_thread()
        if scope.holder not in (None, user) and scope.session.in_transaction():
            raise RuntimeError(
                "Another task or thread has a transaction open in this session. Did you mean to "
                "commit it first, or to give each its own with `with scope():`?"
            )
        scope.holder = user
        return scope.session

    def has(self) -> bool:
        return current().session is not None

    def set(self, obj: Session) -> None:
        current().session = obj

    def clear(self) -> None:
        current().session = None


def task_or_thread() -> object:
    try:
        return asyncio.current_task() or threading.get_ident()
    except RuntimeError:  # no event loop runs here
        return threading.get_ident()


@contextmanager
def handed_over() -> Iterator[None]:
    """Let another task or thread use the session of this scope, while this one waits for it."""
    scope = current()
    scope.holder = None
    try:
        yield
    finally:
        scope.holder = None
