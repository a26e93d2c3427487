"""What every model has."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .binds import metadata_of
from .model_query import QueryProperty
from .needs import needs
from .queries import Query


class ModelMethods:
    """What every model has."""

    if needs("query_class"):
        query_class: Any = Query
    if needs("QueryProperty"):
        query = QueryProperty()
    if needs("SQLALCHEMY_BINDS") and not needs("Flask-SQLAlchemy 2"):

        def __init_subclass__(cls: Any, **kwargs: Any) -> None:
            own = vars(cls)
            if hasattr(cls, "__bind_key__") and not {"metadata", "__table__"} & own.keys():
                cls.metadata = metadata_of(cls.__bind_key__)
            super().__init_subclass__(**kwargs)

    if needs("SQLALCHEMY_BINDS") and needs("Flask-SQLAlchemy 2"):

        def __init_subclass__(cls: Any, **kwargs: Any) -> None:
            if "__table__" in vars(cls) and hasattr(cls, "__bind_key__"):
                cls.__table__.info["bind_key"] = cls.__bind_key__
            super().__init_subclass__(**kwargs)

        @classmethod
        def __table_cls__(cls: Any, *args: Any, **kwargs: Any) -> sa.Table:
            table = sa.Table(*args, **kwargs)
            if hasattr(cls, "__bind_key__"):
                table.info["bind_key"] = cls.__bind_key__
            return table

    if needs("ModelMethods.__repr__"):

        def __repr__(self) -> str:
            state = sa.inspect(self)
            if needs("Flask-SQLAlchemy 2"):
                kind = "transient" if state.identity is None else ""
            else:
                kind = "transient" if state.transient else "pending" if state.pending else ""
            key = f"({kind} {id(self)})" if kind else ", ".join(map(str, state.identity or ()))
            return f"<{type(self).__name__} {key}>"
