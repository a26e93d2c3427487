"""A scope for each request, around the whole app and its body; else one for each app context."""

from collections.abc import Iterable, Iterator
from contextvars import Context, copy_context
from typing import Any
from weakref import finalize
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, appcontext_pushed, g

from ..db.engines import Database
from ..db.scope import Scope, active, current, handed_over, innermost


def init_app(app: Flask, database: Database) -> None:
    """Let ``Session`` and ``read()`` work on a database wherever this app is active."""
    app.extensions["database"] = database
    database.serves_app = True
    app.wsgi_app = ScopePerRequest(app.wsgi_app, database)  # type: ignore[method-assign]

    # A thread waits while an async view has its turn on another one.
    run_async = app.async_to_sync
    app.async_to_sync = lambda func: handed_over()(run_async(func))  # type: ignore[method-assign]

    @app.after_request
    def release(response: Response) -> Response:
        if not response.is_streamed:  # it needs the database no more, and its client may be slow
            current().release()
        return response

    @appcontext_pushed.connect_via(app)
    def enter(_app: Flask, **_extra: Any) -> None:
        around = innermost()
        if (around and around.shared and around.database is database) or "scope" in g:
            return
        g.scope = Scope(database).__enter__()
        # Where another teardown raises, leave() is not called.
        finalize(g._get_current_object(), g.scope.close)

    @app.teardown_appcontext
    def leave(_error: BaseException | None) -> None:
        if scope := g.pop("scope", None):
            scope.__exit__()


class ScopePerRequest:
    """WSGI middleware that opens a scope for each request and closes it when the body is over.

    It stands outside Flask's teardown chain, where one callback that raises keeps the others
    from running, and it lasts longer than Flask's contexts, which end before a body is sent.
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
            return Body(context.run(self.app, environ, start_response), context, scope)
        except BaseException:
            scope.close()
            raise


class Body(Iterator[bytes]):
    """A response body that is iterated and closed in the context of its request."""

    def __init__(self, body: Iterable[bytes], context: Context, scope: Scope) -> None:
        self.next = iter(body).__next__
        self.context = context
        self.scope = scope
        # Once, and also where a server drops the body unclosed: the garbage collector would
        # close a generator inside it anywhere, and not in the context where Flask's was pushed.
        self.close = finalize(self, context.run, end, body, scope)
        self.close.atexit = False

    def __next__(self) -> bytes:
        self.scope.holder = None  # the server may send on another thread than it called the app
        try:
            return self.context.run(self.next)
        except BaseException:  # the end, too: a server may keep a body that has ended
            self.scope.close()
            raise


def end(body: Iterable[bytes], scope: Scope) -> None:
    scope.holder = None
    try:
        if close := getattr(body, "close", None):
            close()
    finally:
        scope.close()
        if scope.on_close:
            scope.on_close()
