"""Several databases: their engines, and the tables in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.exc import UnboundExecutionError

from .base import Base
from .engine import make_engine
from .needs import needs

# The tables of each bind key. None is the default one.
metadatas: dict[str | None, sa.MetaData] = {None: Base.metadata}
Base.metadata.info["bind_key"] = None


def metadata_of(bind_key: str | None) -> sa.MetaData:
    """Return the metadata of a bind key; names follow the convention of the default one."""
    if bind_key not in metadatas:
        metadatas[bind_key] = sa.MetaData(
            naming_convention=Base.metadata.naming_convention, info={"bind_key": bind_key}
        )
    return metadatas[bind_key]


def make_engines(app: Flask) -> dict[str | None, sa.engine.Engine]:
    """Create the engines of SQLALCHEMY_DATABASE_URI, with the key None, and SQLALCHEMY_BINDS.

    :raises RuntimeError: neither is set.
    """
    binds: dict[str | None, Any] = dict(app.config.get("SQLALCHEMY_BINDS") or {})
    for key, bind in binds.items():
        binds[key] = dict(bind) if isinstance(bind, dict) else {"url": bind}
    default = {**binds.get(None, {})}
    if needs("SQLALCHEMY_ENGINE_OPTIONS"):
        default |= app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
    if app.config.get("SQLALCHEMY_DATABASE_URI"):
        default["url"] = app.config["SQLALCHEMY_DATABASE_URI"]
    if "url" in default:
        binds[None] = default
    if not binds:
        raise RuntimeError("Neither SQLALCHEMY_DATABASE_URI nor SQLALCHEMY_BINDS is set.")
    for key in binds:
        metadata_of(key)
    return {key: make_engine(app, options) for key, options in binds.items()}


def get_engines() -> dict[str | None, sa.engine.Engine]:
    """Return the engines of the current app by bind key. None is the default one."""
    engines: dict[str | None, sa.engine.Engine] = current_app.extensions["database"]
    return engines


def get_engine(bind_key: str | None = None) -> sa.engine.Engine:
    """Return the engine of a bind key. None is the default one."""
    return get_engines()[bind_key]


def engine_of(bind_key: str | None) -> sa.engine.Engine:
    """Return the engine for the tables of a bind key.

    :raises UnboundExecutionError: there is none.
    """
    if bind_key not in get_engines():
        raise UnboundExecutionError(f"There is no engine for the bind key {bind_key!r}.")
    return get_engines()[bind_key]


def each_bind(
    bind_key: str | Iterable[str | None] | None,
) -> Iterator[tuple[sa.MetaData, sa.engine.Engine]]:
    """Yield the metadata and the engine of a bind key or several."""
    if bind_key == "__all__":
        bind_key = list(metadatas)
    for key in [bind_key] if bind_key is None or isinstance(bind_key, str) else bind_key:
        yield metadata_of(key), engine_of(key)


def create_all(bind_key: str | Iterable[str | None] | None = "__all__") -> None:
    """Create the tables that do not exist yet.

    :param bind_key: a bind key or several; None is the default one.
    """
    for metadata, engine in each_bind(bind_key):
        metadata.create_all(engine)


def drop_all(bind_key: str | Iterable[str | None] | None = "__all__") -> None:
    """Drop all tables.

    :param bind_key: a bind key or several; None is the default one.
    """
    for metadata, engine in each_bind(bind_key):
        metadata.drop_all(engine)


def reflect(bind_key: str | Iterable[str | None] | None = "__all__") -> None:
    """Read the tables from the database.

    :param bind_key: a bind key or several; None is the default one.
    """
    for metadata, engine in each_bind(bind_key):
        metadata.reflect(engine)
