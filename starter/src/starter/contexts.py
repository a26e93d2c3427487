"""Ties scopes to Flask: one per request, and outside requests one per app context."""

from typing import Any

from flask import Flask, appcontext_pushed, g

from .engines import Database
from .scope import Scope, innermost
from .wsgi import ScopePerRequest


def follow(app: Flask, database: Database) -> None:
    """Let ``Session`` and ``read()`` work on a database wherever this app is active.

    :param app: the app, whose ``wsgi_app`` is wrapped.
    :param database: what it works on.
    """
    app.extensions["database"] = database
    app.wsgi_app = ScopePerRequest(app.wsgi_app, database)  # type: ignore[method-assign]

    @appcontext_pushed.connect_via(app)
    def enter(_app: Flask, **_extra: Any) -> None:
        around = innermost()
        if "scope" in g or (around and around.shared and around.database is database):
            return
        # Held by the context alone, so that it ends with it even where another teardown raises
        # and leave() is not called.
        g.scope = Scope(database).__enter__()

    @app.teardown_appcontext
    def leave(_error: BaseException | None) -> None:
        if scope := g.pop("scope", None):
            scope.__exit__()
