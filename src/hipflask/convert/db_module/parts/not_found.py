"""Answers 404 for what is not there."""

# mypy: disable-error-code="valid-type"
# pyright: reportInvalidTypeForm=false

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import abort
from sqlalchemy import orm
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from .needs import OMITTED, needs
from .sessions import Session


def get_or_404(
    entity: Any,
    ident: Any,
    description: str | None = None if needs("get_or_404(description)") else OMITTED,
    **options: Any if needs("get_or_404(options)") else OMITTED,
) -> Any:
    """Return the object with a primary key, or answer 404."""
    if needs("get_or_404(query)") and needs("get_or_404(model)"):
        found = entity.get(ident) if isinstance(entity, orm.Query) else Session.get(entity, ident)
    elif needs("get_or_404(query)"):
        found = entity.get(ident)
    else:
        found = Session.get(entity, ident, **options if needs("get_or_404(options)") else OMITTED)
    return (
        abort(404, description if needs("get_or_404(description)") else OMITTED)
        if found is None
        else found
    )


def first_or_404(
    query: Any, description: str | None = None if needs("first_or_404(description)") else OMITTED
) -> Any:
    """Return the first result of a query, or answer 404."""
    if needs("first_or_404(query)") and needs("first_or_404(select)"):
        found = query.first() if isinstance(query, orm.Query) else Session.execute(query).scalar()
    elif needs("first_or_404(select)"):
        found = Session.execute(query).scalar()
    else:
        found = query.first()
    return (
        abort(404, description if needs("first_or_404(description)") else OMITTED)
        if found is None
        else found
    )


def one_or_404(
    query: Any, description: str | None = None if needs("one_or_404(description)") else OMITTED
) -> Any:
    """Return the only result of a query, or answer 404."""
    with suppress(NoResultFound, MultipleResultsFound):
        if needs("one_or_404(query)") and needs("one_or_404(select)"):
            is_query = isinstance(query, orm.Query)
            return query.one() if is_query else Session.execute(query).scalar_one()
        elif needs("one_or_404(select)"):
            return Session.execute(query).scalar_one()
        else:
            return query.one()
    return abort(404, description if needs("one_or_404(description)") else OMITTED)
