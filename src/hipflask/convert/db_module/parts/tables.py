"""``db.Table``, for what is handed the module in place of the extension."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .base import Base


def make_table(name: str, *args: Any, **options: Any) -> sa.Table:
    """Return a table of the models' metadata, unless it is given another."""
    if not args or not isinstance(args[0], sa.MetaData):
        args = (Base.metadata, *args)
    return sa.Table(name, *args, **options)
