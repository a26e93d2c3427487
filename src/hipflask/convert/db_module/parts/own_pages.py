"""Pages of results, for a project that subclasses the classes of Flask-SQLAlchemy 3."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import sqlalchemy as sa
from flask import abort, request
from sqlalchemy import orm

from .sessions import Session


class Pagination:
    """A page of results.

    :param page: its number, from 1; unless given, ``page`` of the request, else 1.
    :param per_page: how many it holds; unless given, ``per_page`` of the request, else 20.
    :param max_per_page: the most that a request may ask for; None is no limit.
    :param error_out: answer 404 for a page that is empty, unless it is the first, and for
        numbers that are none or below 1; else the nearest that makes sense is taken.
    :param count: ask for the total as well.
    """

    def __init__(
        self,
        page: int | None = None,
        per_page: int | None = None,
        max_per_page: int | None = 100,
        error_out: bool = True,
        count: bool = True,
        **source: Any,
    ) -> None:
        self._query_args = source
        page = requested(page, "page", 1, error_out)
        per_page = requested(per_page, "per_page", 20, error_out)
        if max_per_page is not None:
            per_page = min(per_page, max_per_page)
        self.page = at_least(1, page, 1, error_out)
        self.per_page = at_least(1, per_page, 20, error_out)
        self.max_per_page = max_per_page
        self.items = self._query_items()
        if not self.items and self.page != 1 and error_out:
            abort(404)
        self.total: int | None = self._query_count() if count else None

    @property
    def _query_offset(self) -> int:
        return (self.page - 1) * self.per_page

    def _query_items(self) -> list[Any]:
        raise NotImplementedError

    def _query_count(self) -> int:
        raise NotImplementedError

    @property
    def first(self) -> int:
        """The number of the first item, from 1; 0 where there is none."""
        return self._query_offset + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The number of the last item; 0 where there is none."""
        return self._query_offset + len(self.items) if self.items else 0

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return ceil(self.total / self.per_page) if self.total else 0

    @property
    def has_prev(self) -> bool:
        """Whether this is not the first page."""
        return self.page > 1

    @property
    def prev_num(self) -> int | None:
        """The number of the page before."""
        return self.page - 1 if self.has_prev else None

    def prev(self, *, error_out: bool = False) -> Pagination:
        """Return the page before; going back, ``max_per_page`` is 100 again."""
        return self._beside(-1, error_out)

    @property
    def has_next(self) -> bool:
        """Whether this is not the last page."""
        return self.page < self.pages

    @property
    def next_num(self) -> int | None:
        """The number of the page after."""
        return self.page + 1 if self.has_next else None

    def next(self, *, error_out: bool = False) -> Pagination:
        """Return the page after."""
        return self._beside(1, error_out, max_per_page=self.max_per_page)

    def _beside(self, step: int, error_out: bool, **limit: int | None) -> Pagination:
        options: dict[str, Any] = {**limit, **self._query_args}
        beside = type(self)(
            self.page + step, self.per_page, error_out=error_out, count=False, **options
        )
        beside.total = self.total
        return beside

    def iter_pages(
        self,
        *,
        left_edge: int = 2,
        left_current: int = 2,
        right_current: int = 4,
        right_edge: int = 2,
    ) -> Iterator[int | None]:
        """Yield the page numbers to show, and None for each gap between them."""
        end = self.pages + 1
        reached = 1
        for start, stop in (
            (1, 1 + left_edge),
            (self.page - left_current, self.page + right_current + 1),
            (end - right_edge, end),
        ):
            if reached == end:
                return
            if start > reached:
                yield None
            yield from range(max(start, reached), min(stop, end))
            reached = min(stop, end)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


class QueryPagination(Pagination):
    """A page of a query."""

    def _query_items(self) -> list[Any]:
        items: list[Any] = (
            self._query_args["query"].limit(self.per_page).offset(self._query_offset).all()
        )
        return items

    def _query_count(self) -> int:
        total: int = self._query_args["query"].order_by(None).count()
        return total


class SelectPagination(Pagination):
    """A page of a ``select()``."""

    def _query_items(self) -> list[Any]:
        select = self._query_args["select"].limit(self.per_page).offset(self._query_offset)
        return list(self._query_args["session"].execute(select).unique().scalars())

    def _query_count(self) -> int:
        # What is loaded with each object does not change how many there are.
        rows = self._query_args["select"].options(orm.lazyload("*")).order_by(None).subquery()
        count = sa.select(sa.func.count()).select_from(rows)
        total: int = self._query_args["session"].execute(count).scalar()
        return total


def paginate(
    query: Any,
    page: int | None = None,
    per_page: int | None = None,
    error_out: bool = True,
    max_per_page: int | None = None,
    count: bool = True,
) -> Pagination:
    """Return a page of the results of a query."""
    if isinstance(query, orm.Query):
        return QueryPagination(page, per_page, max_per_page, error_out, count, query=query)
    return SelectPagination(
        page, per_page, max_per_page, error_out, count, select=query, session=Session()
    )


def requested(value: int | None, name: str, default: int, error_out: bool) -> int:
    """Return a number, else that of the request, else the default."""
    if value is not None or not request:
        return default if value is None else value
    try:
        return int(request.args.get(name, default))
    except (TypeError, ValueError):
        if error_out:
            abort(404)
        return default


def at_least(least: int, number: int, default: int, error_out: bool) -> int:
    """Return a number, or what is done where it is too small."""
    if number < least and error_out:
        abort(404)
    return number if number >= least else default
