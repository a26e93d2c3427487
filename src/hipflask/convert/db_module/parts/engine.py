"""An engine, with what its kind of database needs."""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from flask import Flask

from .needs import needs

ENGINE_OPTIONS: dict[str, Any] = {}


def make_engine(app: Flask, options: dict[str, Any]) -> sa.engine.Engine:
    """Create an engine for an app.

    :param options: those of ``create_engine()``, with the ``url``.
    """
    if needs("ENGINE_OPTIONS"):
        if needs("Flask-SQLAlchemy 2"):
            options = {**options, **ENGINE_OPTIONS}
        else:
            options = {**ENGINE_OPTIONS, **options}
    if needs("SQLALCHEMY_ECHO"):
        options.setdefault("echo", app.config.get("SQLALCHEMY_ECHO", False))
    if needs("pool settings"):
        for option in ("pool_size", "pool_timeout", "pool_recycle", "max_overflow"):
            if app.config.get(f"SQLALCHEMY_{option.upper()}") is not None:
                options.setdefault(option, app.config[f"SQLALCHEMY_{option.upper()}"])
    if needs("SQLALCHEMY_NATIVE_UNICODE") and app.config.get("SQLALCHEMY_NATIVE_UNICODE") is False:
        options["use_native_unicode"] = False
    if needs("MySQL", "SQLite in memory", "relative SQLite path", "URL from the environment"):
        url = sa.engine.make_url(options["url"])
        if needs("MySQL") and url.drivername.startswith("mysql"):
            if "charset" not in url.query:
                url = url.update_query_dict(
                    {"charset": "utf8" if needs("Flask-SQLAlchemy 2") else "utf8mb4"}
                )
            if needs("Flask-SQLAlchemy 2"):
                options.setdefault("pool_size", 10)
            # MySQL closes a connection that is idle for eight hours.
            options.setdefault("pool_recycle", 7200)
        if needs(
            "SQLite in memory", "relative SQLite path", "URL from the environment"
        ) and url.drivername.startswith("sqlite"):
            path = url.database or ":memory:"
            if needs("SQLite in memory") and path == ":memory:":
                # Each connection would have a database of its own.
                options["poolclass"] = sa.pool.StaticPool
                if needs("connect_args"):
                    options.setdefault("connect_args", {})["check_same_thread"] = False
                else:
                    options["connect_args"] = {"check_same_thread": False}
            elif needs("relative SQLite path", "URL from the environment") and needs(
                "Flask-SQLAlchemy 2"
            ):
                # A relative path is in the folder of the app's package.
                url = url.set(database=os.path.join(app.root_path, path))
            elif needs("SQLite file: URL"):
                # A relative path is in the instance folder.
                os.makedirs(app.instance_path, exist_ok=True)
                name = os.path.join(app.instance_path, path.removeprefix("file:"))
                url = url.set(database=f"file:{name}" if path.startswith("file:") else name)
            elif needs("URL from the environment") and not os.path.isabs(path):
                # The URL comes from the environment: a relative path is in the instance folder.
                os.makedirs(app.instance_path, exist_ok=True)
                url = url.set(database=os.path.join(app.instance_path, path))
            elif needs("relative SQLite path") and not os.path.isabs(path):
                # A relative path is in the instance folder.
                os.makedirs(app.instance_path, exist_ok=True)
                url = url.set(database=os.path.join(app.instance_path, path))
        options["url"] = url
    return sa.engine_from_config(options, prefix="")
