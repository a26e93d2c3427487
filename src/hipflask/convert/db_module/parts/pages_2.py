"""Pages of results, as Flask-SQLAlchemy 2 had them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any


@dataclass(eq=False, repr=False)
class Pagination:
    """A page of the results of a query.

    :param query: the whole query; without it there is no page before or after.
    :param page: its number, from 1.
    :param per_page: how many it holds.
    :param total: how many results there are in all.
    """

    query: Any
    page: int
    per_page: int
    total: Any
    items: Any

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return ceil(self.total / self.per_page) if self.per_page else 0

    def prev(self, error_out: bool = False) -> Pagination:
        """Return the page before."""
        return self._beside(-1, error_out)

    @property
    def prev_num(self) -> int | None:
        """The number of the page before."""
        return self.page - 1 if self.has_prev else None

    @property
    def has_prev(self) -> bool:
        """Whether this is not the first page."""
        return self.page > 1

    def next(self, error_out: bool = False) -> Pagination:
        """Return the page after."""
        return self._beside(1, error_out)

    def _beside(self, step: int, error_out: bool) -> Pagination:
        assert self.query is not None, "Without its query a page has none beside it."
        page: Pagination = self.query.paginate(self.page + step, self.per_page, error_out)
        return page

    @property
    def has_next(self) -> bool:
        """Whether this is not the last page."""
        return self.page < self.pages

    @property
    def next_num(self) -> int | None:
        """The number of the page after."""
        return self.page + 1 if self.has_next else None

    def iter_pages(
        self,
        left_edge: int = 2,
        left_current: int = 2,
        right_current: int = 5,
        right_edge: int = 2,
    ) -> Iterator[int | None]:
        """Yield the page numbers to show, and None for each gap between them."""
        near = range(self.page - left_current, self.page + right_current)
        right = self.pages - right_edge
        shown = [
            number
            for number in range(1, self.pages + 1)
            if number <= left_edge or number in near or number > right
        ]
        for before, number in zip([0, *shown], shown, strict=False):
            if number > before + 1:
                yield None
            yield number
