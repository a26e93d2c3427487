"""A scope and a context of its own for each request, around the whole app and its body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, TypeVar

from .engines import Database
from .scope import Scope, active

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

T = TypeVar("T")


class ScopePerRequest:
    """WSGI middleware that opens a scope for each request and closes it when the body is over.

    It stands outside Flask's teardown chain, where one callback that raises keeps the others
    from running, and it lasts longer than Flask's contexts, which end before a body is sent.

    :param app: the WSGI app to wrap.
    :param database: what ``Session`` and ``read()`` work on inside.
    """

    def __init__(self, app: WSGIApplication, database: Database) -> None:
        self.app = app
        self.database = database

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # In a context of its own, a generator that is abandoned half-way cannot leave Flask's
        # context behind on the thread (https://github.com/pallets/flask/issues/6123), and a test
        # client that is called inside an app context does not meet the session outside.
        context = copy_context()
        scope = Scope(self.database, shared=True)
        context.run(active.set, scope)
        try:
            return _Body(context.run(self.app, environ, start_response), context, scope)
        except BaseException:
            scope.close()
            raise


class _Body(Iterator[bytes]):
    """A response body that is iterated and closed in the context of its request."""

    def __init__(self, body: Iterable[bytes], context: Context, scope: Scope) -> None:
        self.body = body
        self.next = iter(body).__next__
        self.context = context
        self.scope = scope

    def __next__(self) -> bytes:
        try:
            return self.run(self.next)
        except BaseException:  # the end, too: a server may keep a body that has ended
            self.scope.close()
            raise

    def close(self) -> None:
        body, self.body = self.body, ()
        try:
            if close := getattr(body, "close", None):
                self.run(close)
        finally:
            self.scope.close()

    __del__ = close  # a server may also drop a body, and Flask's context is then closed in here

    def run(self, function: Callable[[], T]) -> T:
        self.scope.user = None  # the server may send on another thread than it called the app
        return self.context.run(function)
