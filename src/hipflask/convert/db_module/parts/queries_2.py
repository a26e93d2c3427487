"""Queries that answer 404, and pages of them, as Flask-SQLAlchemy 2 had them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import orm

from .needs import needs
from .not_found import at_least, found, requested
from .pages_2 import Pagination


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

    if needs("Query.paginate"):

        def paginate(
            self,
            page: int | None = None,
            per_page: int | None = None,
            error_out: bool = True,
            max_per_page: int | None = None,
        ) -> Pagination:
            """Return a page of the objects.

            :param page: its number, from 1; unless given, ``page`` of the request, else 1.
            :param per_page: how many it holds; unless given, ``per_page`` of the request, else 20.
            :param error_out: answer 404 for a page that is empty, unless it is the first, and for
                numbers that are none or too small.
            :param max_per_page: the most that a request may ask for.
            """
            page = requested(page, "page", 1, error_out)
            per_page = requested(per_page, "per_page", 20, error_out)
            if max_per_page is not None:
                per_page = min(per_page, max_per_page)
            page = at_least(1, page, 1, error_out)
            per_page = at_least(0, per_page, 20, error_out)
            items = self.limit(per_page).offset((page - 1) * per_page).all()
            if not items and page != 1 and error_out:
                from flask import abort

                abort(404)
            return Pagination(self, page, per_page, self.order_by(None).count(), items)
