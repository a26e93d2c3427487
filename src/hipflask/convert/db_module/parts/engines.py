"""The engines of an app, from its settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from .binds import metadata_of
from .recording import record_queries
from .sessions import remove_session
from .shell import shell_context
from .tracking import track_modifications

if TYPE_CHECKING:
    from flask import Flask

ENGINE_OPTIONS: dict[str, Any] = {}


def init_app(app: Flask) -> None:
    """Make the engines of an app from its settings, and remove its session with each context.

    :param app: the app, with its settings.
    :raises RuntimeError: it was called for this app before, or no database is set.
    """
    if "database" in app.extensions:
        raise RuntimeError("This app has its database already. Is init_app(app) called twice?")
    app.extensions["database"] = make_engines(app)
    app.teardown_appcontext(remove_session)
    app.shell_context_processor(shell_context)
    if app.config.setdefault("SQLALCHEMY_RECORD_QUERIES", False):
        for engine in app.extensions["database"].values():
            record_queries(engine)
    if app.config.setdefault("SQLALCHEMY_TRACK_MODIFICATIONS", False):
        track_modifications()


def make_engines(app: Flask) -> dict[str | None, sa.engine.Engine]:
    """Make the engine of SQLALCHEMY_DATABASE_URI, key None, and those of SQLALCHEMY_BINDS.

    :raises RuntimeError: neither is set.
    """
    url = app.config.setdefault("SQLALCHEMY_DATABASE_URI", None)
    options: dict[str, Any] = dict(app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {}))
    echo = app.config.setdefault("SQLALCHEMY_ECHO", False)
    every: dict[str | None, dict[str, Any]] = {}
    for key, bind in app.config.setdefault("SQLALCHEMY_BINDS", {}).items():
        every[key] = {"url": bind} if isinstance(bind, (str, sa.engine.URL)) else dict(bind)
    for given in (options, *every.values()):
        for option, value in ENGINE_OPTIONS.items():
            given.setdefault(option, value)
    if url is not None:
        options["url"] = url
    if "url" in options:
        every[None] = {**every.get(None, {}), **options}
    if not every:
        raise RuntimeError("Set SQLALCHEMY_DATABASE_URI or SQLALCHEMY_BINDS.")
    engines = {}
    for key, settings in every.items():
        metadata_of(key)
        told = {"echo": echo, "echo_pool": echo, **settings}
        engines[key] = sa.engine_from_config(with_defaults(app, told), prefix="")
    return engines


def with_defaults(app: Flask, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of an engine with what its kind of database needs.

    :param options: with the ``url``; a relative path of SQLite is under the instance folder.
    """
    url = sa.engine.make_url(options["url"])
    if url.drivername.startswith("mysql"):
        if options.get("pool_class", sa.pool.QueuePool) is sa.pool.QueuePool:
            options.setdefault("pool_recycle", 7200)  # before the server ends the connection
        if "charset" not in url.query:
            url = url.update_query_dict({"charset": "utf8mb4"})
    elif url.drivername in ("sqlite", "sqlite+pysqlite"):
        if url.database in (None, "", ":memory:"):
            # Each connection would have a database of its own.
            given = options.get("connect_args", {})
            options["connect_args"] = {**given, "check_same_thread": False}
            options["poolclass"] = sa.pool.StaticPool
        else:
            start = "file:" if url.query.get("uri", False) else ""
            path = url.database[len(start) :]
            if not os.path.isabs(path):
                os.makedirs(app.instance_path, exist_ok=True)
                url = url.set(database=start + os.path.join(app.instance_path, path))
    return {**options, "url": url}


def get_engines() -> dict[str | None, sa.engine.Engine]:
    """Return the engines of the app that is active by bind key; None is the default one.

    :raises RuntimeError: no app is active, or its database is not set up.
    """
    from flask import current_app

    if "database" not in current_app.extensions:
        raise RuntimeError("This app has no database yet. Did you call db.init_app(app)?")
    engines: dict[str | None, sa.engine.Engine] = current_app.extensions["database"]
    return engines


def get_engine(bind_key: str | None = None) -> sa.engine.Engine:
    """Return an engine of the app that is active.

    :param bind_key: a key of SQLALCHEMY_BINDS; None is the default one.
    :raises RuntimeError: no app is active, or its database is not set up.
    """
    return get_engines()[bind_key]
