"""Queries that answer 404, and pages of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import orm
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from .needs import needs
from .not_found import found
from .pages import Pagination, QueryPagination, SelectPagination
from .sessions import Session


class Query(orm.Query):  # type: ignore[type-arg]
    """A query of a web app."""

    if needs("Query.get_or_404"):

        def get_or_404(self, ident: Any, description: str | None = None) -> Any:
            """Return the object with a primary key, or answer 404.

            :param description: shown on the error page.
            """
            return found(self.get(ident), description)

    if needs("Query.first_or_404"):

        def first_or_404(self, description: str | None = None) -> Any:
            """Return the first object, or answer 404.

            :param description: shown on the error page.
            """
            return found(self.first(), description)

    if needs("Query.one_or_404"):

        def one_or_404(self, description: str | None = None) -> Any:
            """Return the only object, or answer 404.

            :param description: shown on the error page.
            """
            try:
                return self.one()
            except (NoResultFound, MultipleResultsFound):
                return found(None, description)

    if needs("Query.paginate"):

        def paginate(
            self,
            *,
            page: int | None = None,
            per_page: int | None = None,
            max_per_page: int | None = None,
            error_out: bool = True,
            count: bool = True,
        ) -> Pagination:
            """Return a page of the objects; see `Pagination`."""
            return QueryPagination(
                query=self,
                page=page,
                per_page=per_page,
                max_per_page=max_per_page,
                error_out=error_out,
                count=count,
            )


def get_or_404(entity: Any, ident: Any, *, description: str | None = None, **options: Any) -> Any:
    """Return the object with a primary key, or answer 404.

    :param description: shown on the error page; the options are those of ``Session.get()``.
    """
    return found(Session.get(entity, ident, **options), description)


def first_or_404(statement: Any, *, description: str | None = None) -> Any:
    """Return the first result of a ``select()``, or answer 404.

    :param description: shown on the error page.
    """
    return found(Session.execute(statement).scalar(), description)


def one_or_404(statement: Any, *, description: str | None = None) -> Any:
    """Return the only result of a ``select()``, or answer 404.

    :param description: shown on the error page.
    """
    try:
        return Session.execute(statement).scalar_one()
    except (NoResultFound, MultipleResultsFound):
        return found(None, description)


def paginate(
    select: Any,
    *,
    page: int | None = None,
    per_page: int | None = None,
    max_per_page: int | None = None,
    error_out: bool = True,
    count: bool = True,
) -> Pagination:
    """Return a page of what a ``select()`` of a model finds; see `Pagination`."""
    return SelectPagination(
        select=select,
        session=Session(),
        page=page,
        per_page=per_page,
        max_per_page=max_per_page,
        error_out=error_out,
        count=count,
    )
