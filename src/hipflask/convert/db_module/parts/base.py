"""The base of the models, for SQLAlchemy 2.0 and newer."""

from __future__ import annotations

from sqlalchemy import orm

from .models import ModelMethods


class Base(ModelMethods, orm.DeclarativeBase):
    """The base of every model."""
