"""What every model has."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .binds import metadata_of
from .model_query import QueryProperty
from .queries import Query
from .version import FLASK_SQLALCHEMY_2


class ModelMethods:
    """What every model has."""

    query_class: Any = Query
    query = QueryProperty()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if FLASK_SQLALCHEMY_2:
            table = cls.__dict__.get("__table__")
            if table is not None and getattr(cls, "__bind_key__", None) is not None:
                table.info["bind_key"] = getattr(cls, "__bind_key__")  # noqa: B009
        else:
            own = cls.__dict__
            if hasattr(cls, "__bind_key__") and not {"metadata", "__table__"} & own.keys():
                metadata = metadata_of(getattr(cls, "__bind_key__"))  # noqa: B009
                if metadata is not getattr(cls, "metadata", None):
                    cls.metadata = metadata  # type: ignore[attr-defined]
        super().__init_subclass__(**kwargs)

    if FLASK_SQLALCHEMY_2:

        @classmethod
        def __table_cls__(cls, *args: Any, **kwargs: Any) -> sa.Table:
            table = sa.Table(*args, **kwargs)
            bind_key = getattr(cls, "__bind_key__", None)
            if bind_key is not None:
                table.info["bind_key"] = bind_key
            return table

    def __repr__(self) -> str:
        if FLASK_SQLALCHEMY_2:
            identity = sa.inspect(self).identity
            key = f"(transient {id(self)})" if identity is None else ", ".join(map(str, identity))
        else:
            state: Any = sa.inspect(self)
            if state.transient or state.pending:
                key = f"({'transient' if state.transient else 'pending'} {id(self)})"
            else:
                key = ", ".join(map(str, state.identity))
        return f"<{type(self).__name__} {key}>"
