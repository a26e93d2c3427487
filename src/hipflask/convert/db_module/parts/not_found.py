"""Answers 404: for what is not there, and for numbers of pages that are none."""

from __future__ import annotations

from typing import Any


def found(value: Any, description: str | None) -> Any:
    """Return a value, or answer 404 where there is none."""
    if value is None:
        from flask import abort

        abort(404, description=description)
    return value


def requested(value: int | None, name: str, default: int, error_out: bool) -> int:
    """Return a number, else that of the request, else the default."""
    from flask import abort, request

    if value is not None:
        return value
    if not request:
        return default
    try:
        return int(request.args.get(name, default))
    except (TypeError, ValueError):
        if error_out:
            abort(404)
        return default


def at_least(least: int, number: int, default: int, error_out: bool) -> int:
    """Return a number, or what is done where it is too small."""
    if number >= least:
        return number
    if error_out:
        from flask import abort

        abort(404)
    return default
