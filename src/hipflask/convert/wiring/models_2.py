"""The base of the models, as Flask-SQLAlchemy 2 had it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from .queries_2 import Query
from .sessions_2 import Session


class QueryProperty:
    """``Model.query``, for where only the running program knows which model it is."""

    def __get__(self, instance: object, owner: Any) -> Any:
        return getattr(owner, "query_class", orm.Query)(owner, Session())


class Model:
    """What every model has."""

    query_class: Any = Query
    query = QueryProperty()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        table = cls.__dict__.get("__table__")
        if table is not None and getattr(cls, "__bind_key__", None) is not None:
            table.info["bind_key"] = getattr(cls, "__bind_key__")  # noqa: B009
        super().__init_subclass__(**kwargs)

    @classmethod
    def __table_cls__(cls, *args: Any, **kwargs: Any) -> sa.Table:
        table = sa.Table(*args, **kwargs)
        bind_key = getattr(cls, "__bind_key__", None)
        if bind_key is not None:
            table.info["bind_key"] = bind_key
        return table

    def __repr__(self) -> str:
        identity = sa.inspect(self).identity
        key = f"(transient {id(self)})" if identity is None else ", ".join(map(str, identity))
        return f"<{type(self).__name__} {key}>"


metadata = sa.MetaData()
Base: Any = orm.declarative_base(cls=Model, name="Base", metadata=metadata)
