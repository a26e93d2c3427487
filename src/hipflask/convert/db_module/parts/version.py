"""Which Flask-SQLAlchemy a project is on. Each ``if`` that asks for it is resolved in its db.py."""

from __future__ import annotations

FLASK_SQLALCHEMY_2: bool = False
