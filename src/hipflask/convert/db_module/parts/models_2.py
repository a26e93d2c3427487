"""What every model has, as Flask-SQLAlchemy 2 had it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .model_query import QueryProperty
from .queries_2 import Query


class ModelMethods:
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
