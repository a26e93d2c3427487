"""Ties scopes to Flask: one per request, and outside requests one per app context."""

from collections.abc import Callable, Coroutine
from typing import Any
from weakref import finalize

from flask import Flask, appcontext_pushed, g

from .engines import Database
from .scope import Scope, current, innermost
from .wsgi import ScopePerRequest


def follow(app: Flask, database: Database) -> None:
    """Let ``Session`` and ``read()`` work on a database wherever this app is active.

    :param app: the app, whose ``wsgi_app`` is wrapped.
    :param database: what it works on.
    """
    app.extensions["database"] = database
    app.wsgi_app = ScopePerRequest(app.wsgi_app, database)  # type: ignore[method-assign]

    run_async = app.async_to_sync

    def async_to_sync(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        synchronous = run_async(function)

        def handed_over(*args: Any, **kwargs: Any) -> Any:
            # This thread waits while an async view has its turn on another one.
            scope = current()
            scope.user = None
            try:
                return synchronous(*args, **kwargs)
            finally:
                scope.user = None

        return handed_over

    app.async_to_sync = async_to_sync  # type: ignore[method-assign, assignment]

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
