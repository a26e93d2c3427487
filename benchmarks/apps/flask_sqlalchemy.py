"""Flask-SQLAlchemy: a module's ``db``, ``init_app()`` in the factory, ``db.session``.

https://flask-sqlalchemy.readthedocs.io/en/stable/quickstart/
https://flask-sqlalchemy.readthedocs.io/en/stable/config/
Its documentation has nothing on tests that roll back; this is its maintainer's pattern:
https://github.com/pallets-eco/flask-sqlalchemy/issues/1171
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ..integration import Integration, engine_options


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Message(db.Model):  # type: ignore[name-defined, misc]
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message: Mapped[str]


class FlaskSQLAlchemy(Integration):
    model = Message

    def create_app(self) -> Flask:
        app = Flask(__name__)
        app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SQLALCHEMY_URL"]
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options()
        db.init_app(app)
        return app

    def session(self) -> Session:
        return db.session()

    def engines(self, app: Flask) -> list[Engine]:
        with app.app_context():
            return [db.engine]

    @contextmanager
    def rolled_back(self, app: Flask) -> Iterator[None]:
        with app.app_context():
            engines = cast(dict[str | None, Any], db.engines)
        with engines[None].connect() as connection, connection.begin() as transaction:
            engines[None] = connection
            yield
            transaction.rollback()


INTEGRATION = FlaskSQLAlchemy()
