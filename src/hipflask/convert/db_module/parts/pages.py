"""Pages of results, by page number."""

# mypy: disable-error-code="valid-type"
# pyright: reportInvalidTypeForm=false

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import sqlalchemy as sa
from flask import abort, request
from sqlalchemy import orm

from .needs import OMITTED, needs
from .sessions import Session


class Pagination:
    """A page of the results of a query."""

    def __init__(
        self,
        query: Any if needs("Pagination.query") else OMITTED,
        page: int,
        per_page: int,
        total: Any if needs("Pagination.total") else OMITTED,
        items: Any,
    ) -> None:
        if needs("Pagination.query"):
            self.query = query
        self.page = page
        self.per_page = per_page
        if needs("Pagination.total"):
            self.total = total
        self.items = items
        if needs("Pagination.pages"):
            if needs("Flask-SQLAlchemy 2"):
                self.pages = ceil(total / per_page) if total and per_page else 0
            else:
                self.pages = ceil(total / per_page) if total else 0
        if needs("Pagination.has_prev"):
            self.has_prev = page > 1
        if needs("Pagination.prev_num"):
            self.prev_num = page - 1 if self.has_prev else None
        if needs("Pagination.has_next"):
            self.has_next = page < self.pages
        if needs("Pagination.next_num"):
            self.next_num = page + 1 if self.has_next else None
        if needs("Pagination.first"):
            self.first = (page - 1) * per_page + 1 if items else 0
        if needs("Pagination.last"):
            self.last = (page - 1) * per_page + len(items) if items else 0

    if not needs("Flask-SQLAlchemy 2"):

        def __iter__(self) -> Iterator[Any]:
            return iter(self.items)

    if needs("Pagination.prev"):

        def prev(self, error_out: bool = False) -> Pagination:
            """Return the page before this one."""
            if needs("Flask-SQLAlchemy 2"):
                per_page = self.per_page
            else:
                # Flask-SQLAlchemy goes back by no more than 100.
                per_page = min(self.per_page, 100)
            return paginate(self.query, self.page - 1, per_page, error_out)

    if needs("Pagination.next"):

        def next(self, error_out: bool = False) -> Pagination:
            """Return the page after this one."""
            return paginate(self.query, self.page + 1, self.per_page, error_out)

    if needs("Pagination.iter_pages"):

        def iter_pages(
            self,
            left_edge: int = 2 if needs("Pagination.iter_pages()") else OMITTED,
            left_current: int = 2 if needs("Pagination.iter_pages()") else OMITTED,
            right_current: int = (5 if needs("Flask-SQLAlchemy 2") else 4)
            if needs("Pagination.iter_pages()")
            else OMITTED,
            right_edge: int = 2 if needs("Pagination.iter_pages()") else OMITTED,
        ) -> Iterator[int | None]:
            """Yield the page numbers to show, and None for each gap between them."""
            if needs("Flask-SQLAlchemy 2"):
                shown = (
                    {
                        *range(1, left_edge + 1),
                        *range(self.page - left_current, self.page + right_current),
                        *range(self.pages - right_edge + 1, self.pages + 1),
                    }
                    if needs("Pagination.iter_pages()")
                    else {1, 2, *range(self.page - 2, self.page + 5), self.pages - 1, self.pages}
                )
                last = 0
                for number in sorted(shown & {*range(1, self.pages + 1)}):
                    if number > last + 1:
                        yield None
                    yield number
                    last = number
            else:
                end, reached = self.pages + 1, 1
                for start, stop in (
                    (
                        (1, 1 + left_edge),
                        (self.page - left_current, self.page + right_current + 1),
                        (end - right_edge, end),
                    )
                    if needs("Pagination.iter_pages()")
                    else ((1, 3), (self.page - 2, self.page + 5), (end - 2, end))
                ):
                    if reached == end:
                        return
                    if start > reached:
                        yield None
                    yield from range(max(start, reached), min(stop, end))
                    reached = min(stop, end)


def paginate(
    query: Any,
    page: int | None if needs("paginate(page=None)") else int = (
        (None if needs("paginate(page=None)") else 1) if needs("paginate(page)") else OMITTED
    ),
    per_page: int | None if needs("paginate(per_page=None)") else int = (
        (None if needs("paginate(per_page=None)") else 20)
        if needs("paginate(per_page)")
        else OMITTED
    ),
    error_out: bool = True if needs("paginate(error_out)") else OMITTED,
    max_per_page: int | None = None if needs("paginate(max_per_page)") else OMITTED,
    count: bool = True if needs("paginate(count)") else OMITTED,
) -> Pagination:
    """Return a page of the results of a query."""
    if needs("paginate(page)") and needs("paginate(page=None)"):
        page = (
            requested("page", 1, error_out if needs("paginate(error_out)") else OMITTED)
            if page is None
            else page
        )
    elif needs("paginate(page=None)"):
        page = requested("page", 1, error_out if needs("paginate(error_out)") else OMITTED)
    if needs("paginate(per_page)") and needs("paginate(per_page=None)"):
        per_page = (
            requested("per_page", 20, error_out if needs("paginate(error_out)") else OMITTED)
            if per_page is None
            else per_page
        )
    elif needs("paginate(per_page=None)"):
        per_page = requested("per_page", 20, error_out if needs("paginate(error_out)") else OMITTED)
    if needs("paginate(max_per_page)"):
        if max_per_page is not None:
            per_page = min(per_page, max_per_page)
    if needs("paginate(page<1)", "paginate(per_page<1)") and needs("paginate(error_out)"):
        if error_out and (page < 1 or per_page < (0 if needs("Flask-SQLAlchemy 2") else 1)):
            abort(404)
        page = max(page, 1)
        if needs("paginate(per_page<1)"):
            per_page = per_page if per_page >= (0 if needs("Flask-SQLAlchemy 2") else 1) else 20
    elif needs("paginate(page<1)", "paginate(per_page<1)"):
        if page < 1 or per_page < (0 if needs("Flask-SQLAlchemy 2") else 1):
            abort(404)
    if needs("paginate(select)"):
        rows = query.limit(per_page).offset((page - 1) * per_page)
        if needs("paginate(query)"):
            is_query = isinstance(query, orm.Query)
            items = rows.all() if is_query else Session.execute(rows).unique().scalars().all()
        else:
            items = Session.execute(rows).unique().scalars().all()
    else:
        items = query.limit(per_page).offset((page - 1) * per_page).all()
    if needs("paginate(error_out)"):
        if error_out and page > 1 and not items:
            abort(404)
    elif needs("paginate(page<1)", "paginate(page)"):
        if page > 1 and not items:
            abort(404)
    total: Any = OMITTED
    if needs("Pagination.total") and needs("paginate(count)"):
        total = count_of(query) if count else None
    elif needs("Pagination.total") and needs("paginate(query)") and needs("paginate(select)"):
        total = count_of(query)
    elif needs("Pagination.total") and needs("paginate(select)"):
        rows = query.options(orm.lazyload("*")).order_by(None).subquery()
        total = Session.execute(sa.select(sa.func.count()).select_from(rows)).scalar()
    return Pagination(
        query if needs("Pagination.query") else OMITTED,
        page,
        per_page,
        (total if needs("paginate(count)", "paginate(select)") else query.order_by(None).count())
        if needs("Pagination.total")
        else OMITTED,
        items,
    )


def count_of(query: Any) -> Any:
    """Return how many results a query has."""
    if needs("paginate(query)") and needs("paginate(select)"):
        if isinstance(query, orm.Query):
            return query.order_by(None).count()
    if needs("paginate(select)"):
        rows = query.options(orm.lazyload("*")).order_by(None).subquery()
        return Session.execute(sa.select(sa.func.count()).select_from(rows)).scalar()
    else:
        return query.order_by(None).count()


def requested(
    name: str, default: int, error_out: bool if needs("paginate(error_out)") else OMITTED
) -> int:
    """Return a number from the query string; -1 for what is not a number."""
    if not request or name not in request.args:
        return default
    return request.args.get(
        name, (-1 if error_out else default) if needs("paginate(error_out)") else -1, type=int
    )
