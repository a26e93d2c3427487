"""The database of an app, by the rules of Flask-SQLAlchemy 2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from .base import Base
from .engine import make_engine
from .needs import OMITTED, needs
from .recording import record_queries
from .sessions import Session
from .shell import shell_context

# The app that is used where no app context is active.
app: Flask | None = None


def init_app(app: Flask) -> None:
    """End the session of an app with each app context; its engine is created on first use."""
    app.extensions.setdefault("database", {})
    if needs("SQLALCHEMY_COMMIT_ON_TEARDOWN"):

        @app.teardown_appcontext
        def remove_session(error: BaseException | None) -> None:
            if app.config.get("SQLALCHEMY_COMMIT_ON_TEARDOWN") and error is None:
                Session.commit()
            Session.remove()
    else:
        app.teardown_appcontext(lambda error: Session.remove())
    if needs("shell context"):
        app.shell_context_processor(shell_context)


def get_app(reference_app: Flask | None = None) -> Flask:
    """Return the app that is given, else the current one, else ``db.app``."""
    current: Any = current_app
    meant = reference_app or (current._get_current_object() if current else app)
    if meant is None:
        raise RuntimeError("There is no current app. Use this within app.app_context().")
    return meant


def get_engine(
    app: Flask | None = None if needs("app argument") else OMITTED,
    bind: str | None = None if needs("SQLALCHEMY_BINDS") else OMITTED,
) -> sa.engine.Engine:
    """Return the engine for the URL that the app has now: a test may change it."""
    if needs("app", "get_app"):
        app = get_app(app if needs("app argument") else OMITTED)
    elif needs("app argument"):
        app = app or current_app
    else:
        app = current_app
    if needs("SQLALCHEMY_DATABASE_URI"):
        url = app.config["SQLALCHEMY_DATABASE_URI"]
    else:
        url = app.config.get("SQLALCHEMY_DATABASE_URI", "sqlite://")
    if needs("SQLALCHEMY_BINDS"):
        binds = app.config.get("SQLALCHEMY_BINDS") or {}
        assert bind is None or bind in binds, f"{bind!r} is not in SQLALCHEMY_BINDS."
        url = binds.get(bind, url)
    key = (bind, url) if needs("SQLALCHEMY_BINDS") else url
    engines: dict[Any, sa.engine.Engine] = app.extensions["database"]
    if key not in engines:
        options = {"url": url}
        if needs("SQLALCHEMY_ENGINE_OPTIONS"):
            options |= app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
        engines.setdefault(key, make_engine(app, options))
        if needs("record_queries"):
            recorded = app.config.get("SQLALCHEMY_RECORD_QUERIES")
            if app.debug or (app.testing if recorded is None else recorded):
                record_queries(engines[key])
    return engines[key]


def get_tables_for_bind(bind: str | None = None) -> list[sa.Table]:
    """Return the tables of a bind. None is the default one."""
    tables = Base.metadata.tables.values()
    return [table for table in tables if table.info.get("bind_key") == bind]


def get_binds(
    app: Flask | None = None if needs("app argument") else OMITTED,
) -> dict[Any, sa.engine.Engine]:
    """Return the engine of each table."""
    if needs("SQLALCHEMY_BINDS"):
        return {
            table: get_engine(
                app=app if needs("app argument") else OMITTED, bind=table.info.get("bind_key")
            )
            for table in Base.metadata.tables.values()
        }
    return dict.fromkeys(
        Base.metadata.tables.values(), get_engine(app if needs("app argument") else OMITTED)
    )


def each_bind(
    bind: str | Iterable[str | None] | None, app: Flask | None
) -> Iterator[tuple[sa.engine.Engine, list[sa.Table]]]:
    """Yield the engine and the tables of a bind or several."""
    if bind == "__all__":
        bind = [None, *((app or current_app).config.get("SQLALCHEMY_BINDS") or ())]
    for key in [bind] if bind is None or isinstance(bind, str) else bind:
        engine = get_engine(app=app if needs("app argument") else OMITTED, bind=key)
        yield engine, get_tables_for_bind(key)


def create_all(
    bind: str | Iterable[str | None] | None = "__all__" if needs("SQLALCHEMY_BINDS") else OMITTED,
    app: Flask | None = None if needs("app argument") else OMITTED,
) -> None:
    """Create the tables that do not exist yet."""
    if needs("SQLALCHEMY_BINDS"):
        for engine, tables in each_bind(bind, app if needs("app argument") else OMITTED):
            Base.metadata.create_all(engine, tables=tables)
    else:
        Base.metadata.create_all(get_engine(app if needs("app argument") else OMITTED))


def drop_all(
    bind: str | Iterable[str | None] | None = "__all__" if needs("SQLALCHEMY_BINDS") else OMITTED,
    app: Flask | None = None if needs("app argument") else OMITTED,
) -> None:
    """Drop all tables."""
    if needs("SQLALCHEMY_BINDS"):
        for engine, tables in each_bind(bind, app if needs("app argument") else OMITTED):
            Base.metadata.drop_all(engine, tables=tables)
    else:
        Base.metadata.drop_all(get_engine(app if needs("app argument") else OMITTED))


def reflect(
    bind: str | Iterable[str | None] | None = "__all__" if needs("SQLALCHEMY_BINDS") else OMITTED,
    app: Flask | None = None if needs("app argument") else OMITTED,
) -> None:
    """Read the tables from the database."""
    if needs("SQLALCHEMY_BINDS"):
        for engine, _tables in each_bind(bind, app if needs("app argument") else OMITTED):
            Base.metadata.reflect(engine)
    else:
        Base.metadata.reflect(get_engine(app if needs("app argument") else OMITTED))
