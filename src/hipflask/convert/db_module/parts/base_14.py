"""The base of the models, for SQLAlchemy 1.4."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from .models import ModelMethods

metadata = sa.MetaData()
Base: Any = orm.declarative_base(cls=ModelMethods, name="Base", metadata=metadata)
