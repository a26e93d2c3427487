"""The engines of an app, from its settings, by the rules of Flask-SQLAlchemy 2."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .base_14 import Base
from .recording_2 import record_queries
from .sessions_2 import Session

if TYPE_CHECKING:
    from flask import Flask

ENGINE_OPTIONS: dict[str, Any] = {}
SETTINGS = {
    "SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:",
    "SQLALCHEMY_BINDS": None,
    "SQLALCHEMY_NATIVE_UNICODE": None,
    "SQLALCHEMY_ECHO": False,
    "SQLALCHEMY_RECORD_QUERIES": None,
    "SQLALCHEMY_POOL_SIZE": None,
    "SQLALCHEMY_POOL_TIMEOUT": None,
    "SQLALCHEMY_POOL_RECYCLE": None,
    "SQLALCHEMY_MAX_OVERFLOW": None,
    "SQLALCHEMY_COMMIT_ON_TEARDOWN": False,
    "SQLALCHEMY_TRACK_MODIFICATIONS": None,
}
# The app that is meant where none is active.
app: Flask | None = None
making = Lock()


def init_app(app: Flask) -> None:
    """Let ``Session`` work on the database of an app, and remove it with each context.

    :param app: the app; its settings are read when the database is first used.
    """
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {})
    app.extensions["database"] = {}

    @app.teardown_appcontext
    def remove_session(error: BaseException | None) -> None:
        if app.config["SQLALCHEMY_COMMIT_ON_TEARDOWN"] and error is None:
            Session.commit()
        Session.remove()


def get_app(reference_app: Flask | None = None) -> Flask:
    """Return the app that is meant: the one given, the active one, or ``db.app``.

    :raises RuntimeError: there is none.
    """
    from flask import current_app

    active: Any = current_app
    meant: Flask | None = reference_app or (active._get_current_object() if active else app)
    if meant is None:
        raise RuntimeError("No app is active. Work in a view, or push app.app_context().")
    return meant


def get_engine(app: Flask | None = None, bind: str | None = None) -> sa.engine.Engine:
    """Return the engine of an app, made anew where its URL is not what it was.

    :param app: the app, unless it is active.
    :param bind: a key of SQLALCHEMY_BINDS; None is the default one.
    :raises AssertionError: init_app() was not called for it, or the bind is not set.
    """
    app = get_app(app)
    assert "database" in app.extensions, "This app has no database. Call db.init_app(app) first."
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if bind is not None:
        binds = app.config.get("SQLALCHEMY_BINDS") or {}
        assert bind in binds, f"Bind {bind!r} is not in SQLALCHEMY_BINDS."
        url = binds[bind]
    made_from = (url, app.config["SQLALCHEMY_ECHO"])
    with making:
        engine: sa.engine.Engine
        known, engine = app.extensions["database"].get(bind, (None, None))
        if known != made_from:
            engine = make_engine(app, url)
            app.extensions["database"][bind] = made_from, engine
        return engine


def make_engine(app: Flask, url: Any) -> sa.engine.Engine:
    """Make an engine from the settings of an app."""
    options: dict[str, Any] = {}
    for option in ("pool_size", "pool_timeout", "pool_recycle", "max_overflow"):
        value = app.config[f"SQLALCHEMY_{option.upper()}"]
        if value is not None:
            options[option] = value
    url = with_defaults(app, sa.engine.make_url(url), options)
    if app.config["SQLALCHEMY_ECHO"]:
        options["echo"] = app.config["SQLALCHEMY_ECHO"]
    options.update(app.config["SQLALCHEMY_ENGINE_OPTIONS"])
    options.update(ENGINE_OPTIONS)
    engine = sa.create_engine(url, **options)
    record_queries(app, engine)
    return engine


def with_defaults(app: Flask, url: Any, options: dict[str, Any]) -> Any:
    """Return the URL with what its kind of database needs, which is added to the options too.

    :param url: a relative path of SQLite is under the folder of the app's package.
    """
    if url.drivername.startswith("mysql"):
        if "charset" not in url.query:
            url = url.update_query_dict({"charset": "utf8"})
        if url.drivername != "mysql+gaerdbms":
            options.setdefault("pool_size", 10)
            options.setdefault("pool_recycle", 7200)  # before the server ends the connection
    elif url.drivername == "sqlite":
        if url.database in (None, "", ":memory:"):
            if options.get("pool_size") == 0:
                raise RuntimeError(
                    "SQLite in memory needs a connection: SQLALCHEMY_POOL_SIZE is 0."
                )
            # Each connection would have a database of its own.
            options["poolclass"] = sa.pool.StaticPool
            options["connect_args"] = {"check_same_thread": False}
        else:
            if not options.get("pool_size"):
                options["poolclass"] = sa.pool.NullPool
            url = url.set(database=os.path.join(app.root_path, url.database))
    native = app.config["SQLALCHEMY_NATIVE_UNICODE"]
    if native is not None and not native:
        options["use_native_unicode"] = False
    return url


def get_tables_for_bind(bind: str | None = None) -> list[sa.Table]:
    """Return the tables of a bind.

    :param bind: a key of SQLALCHEMY_BINDS; None is the default one.
    """
    tables = Base.metadata.tables.values()
    return [table for table in tables if table.info.get("bind_key") == bind]


def get_binds(app: Flask | None = None) -> dict[Any, sa.engine.Engine]:
    """Return the engine of each table.

    :param app: the app, unless it is active.
    """
    app = get_app(app)
    engines: dict[Any, sa.engine.Engine] = {}
    for key in (None, *(app.config.get("SQLALCHEMY_BINDS") or ())):
        engines |= dict.fromkeys(get_tables_for_bind(key), get_engine(app, key))
    return engines
