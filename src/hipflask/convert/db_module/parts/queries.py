"""The query class, for where only the running program knows that it has a query."""

from __future__ import annotations

from sqlalchemy import orm

from .needs import needs
from .not_found import first_or_404, get_or_404, one_or_404
from .pages import paginate


class Query(orm.Query):  # type: ignore[type-arg]
    """A query with methods of Flask-SQLAlchemy."""

    if needs("Query.paginate"):
        paginate = paginate
    if needs("Query.get_or_404"):
        get_or_404 = get_or_404
    if needs("Query.first_or_404"):
        first_or_404 = first_or_404
    if needs("Query.one_or_404"):
        one_or_404 = one_or_404
