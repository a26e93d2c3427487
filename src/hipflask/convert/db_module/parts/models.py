"""What every model has."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .binds import metadata_of
from .model_query import QueryProperty
from .queries import Query


class ModelMethods:
    """What every model has."""

    query_class: Any = Query
    query = QueryProperty()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        own = cls.__dict__
        if hasattr(cls, "__bind_key__") and not {"metadata", "__table__"} & own.keys():
            metadata = metadata_of(getattr(cls, "__bind_key__"))  # noqa: B009
            if metadata is not getattr(cls, "metadata", None):
                cls.metadata = metadata  # type: ignore[attr-defined]
        super().__init_subclass__(**kwargs)

    def __repr__(self) -> str:
        state: Any = sa.inspect(self)
        if state.transient or state.pending:
            key = f"({'transient' if state.transient else 'pending'} {id(self)})"
        else:
            key = ", ".join(map(str, state.identity))
        return f"<{type(self).__name__} {key}>"
