"""The base of the models. That of a project is written by ``assembly.py``."""

from __future__ import annotations

from sqlalchemy import orm

from .models import ModelMethods


class Base(ModelMethods, orm.DeclarativeBase):
    """The base of every model."""
