"""The metadata of several binds, and the tables in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.sql.expression import UpdateBase

from .base import Base
from .engines import get_engines

metadatas: dict[str | None, sa.MetaData] = {None: Base.metadata}
Base.metadata.info["bind_key"] = None


def metadata_of(bind_key: str | None) -> sa.MetaData:
    """Return the metadata of a bind; its names follow the convention of the default one.

    :param bind_key: a key of SQLALCHEMY_BINDS; None is the default bind.
    """
    if bind_key not in metadatas:
        metadatas[bind_key] = sa.MetaData(
            naming_convention=Base.metadata.naming_convention, info={"bind_key": bind_key}
        )
    return metadatas[bind_key]


def each_bind(bind_key: str | Iterable[str | None] | None) -> Iterable[tuple[Any, Any]]:
    """Yield the metadata and the engine of the binds that are meant.

    :raises UnboundExecutionError: a bind has no engine.
    """
    if bind_key == "__all__":
        bind_key = list(metadatas)
    for key in [bind_key] if bind_key is None or isinstance(bind_key, str) else bind_key:
        if key not in get_engines():
            setting = "SQLALCHEMY_DATABASE_URI" if key is None else "SQLALCHEMY_BINDS"
            raise UnboundExecutionError(f"There is no engine for bind {key!r}. Is {setting} set?")
        yield metadatas[key], get_engines()[key]


def create_all(bind_key: str | Iterable[str | None] | None = "__all__") -> None:
    """Create the tables that are not there yet.

    :param bind_key: a key of SQLALCHEMY_BINDS or several; None is the default bind.
    """
    for metadata, engine in each_bind(bind_key):
        metadata.create_all(engine)


def drop_all(bind_key: str | Iterable[str | None] | None = "__all__") -> None:
    """Drop all tables.

    :param bind_key: a key of SQLALCHEMY_BINDS or several; None is the default bind.
    """
    for metadata, engine in each_bind(bind_key):
        metadata.drop_all(engine)


def reflect(bind_key: str | Iterable[str | None] | None = "__all__") -> None:
    """Read the tables from the database.

    :param bind_key: a key of SQLALCHEMY_BINDS or several; None is the default bind.
    """
    for metadata, engine in each_bind(bind_key):
        metadata.reflect(engine)


def engine_of(clause: Any) -> Any:
    """Return the engine of the table that a statement is about, if it is about one.

    :raises UnboundExecutionError: its bind has no engine.
    """
    if isinstance(clause, UpdateBase):
        clause = clause.table
    if not isinstance(clause, sa.Table) or "bind_key" not in clause.metadata.info:
        return None
    key = clause.metadata.info["bind_key"]
    if key not in get_engines():
        raise UnboundExecutionError(f"Bind key {key!r} is not in SQLALCHEMY_BINDS.")
    return get_engines()[key]
