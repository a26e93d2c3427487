"""``Model.query``, where it is left."""

from __future__ import annotations

from typing import Any

from sqlalchemy import orm

from .sessions import Session


class QueryProperty:
    """``Model.query``, for where only the running program knows which model it is."""

    def __get__(self, instance: object, owner: Any) -> Any:
        return getattr(owner, "query_class", orm.Query)(owner, Session())
