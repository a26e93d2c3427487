"""The database of an app."""

# One branch of init_app() is written, and pyright sees all of them.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, current_app

from .base import Base
from .binds import make_engines
from .engine import make_engine
from .needs import OMITTED, needs
from .recording import record_queries
from .sessions import Session
from .shell import shell_context


def init_app(app: Flask) -> None:
    """Create the engine of an app, and end its session with each app context.

    :raises RuntimeError: this was done before, or no database is set.
    """
    if "database" in app.extensions:
        raise RuntimeError("The app has its database already. Is init_app(app) called twice?")
    if needs("SQLALCHEMY_BINDS"):
        app.extensions["database"] = make_engines(app)
    elif needs("make_engine"):
        options = {"url": app.config.get("SQLALCHEMY_DATABASE_URI")}
        if needs("SQLALCHEMY_ENGINE_OPTIONS"):
            options |= app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
        if not options["url"]:
            raise RuntimeError("SQLALCHEMY_DATABASE_URI is not set.")
        app.extensions["database"] = make_engine(app, options)
    else:
        if not app.config.get("SQLALCHEMY_DATABASE_URI"):
            raise RuntimeError("SQLALCHEMY_DATABASE_URI is not set.")
        app.extensions["database"] = sa.create_engine(
            app.config["SQLALCHEMY_DATABASE_URI"],
            echo=app.config.get("SQLALCHEMY_ECHO", False) if needs("SQLALCHEMY_ECHO") else OMITTED,
        )
    app.teardown_appcontext(lambda error: Session.remove())
    if needs("shell context"):
        app.shell_context_processor(shell_context)
    if needs("record_queries") and app.config.get("SQLALCHEMY_RECORD_QUERIES"):
        if needs("SQLALCHEMY_BINDS"):
            for engine in app.extensions["database"].values():
                record_queries(engine)
        else:
            record_queries(app.extensions["database"])


if not needs("SQLALCHEMY_BINDS"):

    def get_engine() -> sa.engine.Engine:
        """Return the engine of the current app."""
        engine: sa.engine.Engine = current_app.extensions["database"]
        return engine

    def get_engines() -> dict[str | None, sa.engine.Engine]:
        """Return the engine of the current app; its key is None."""
        return {None: current_app.extensions["database"]}

    def create_all() -> None:
        """Create the tables that do not exist yet."""
        Base.metadata.create_all(current_app.extensions["database"])

    def drop_all() -> None:
        """Drop all tables."""
        Base.metadata.drop_all(current_app.extensions["database"])

    def reflect() -> None:
        """Read the tables from the database."""
        Base.metadata.reflect(current_app.extensions["database"])
