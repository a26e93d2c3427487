"""Flask-SQLAlchemy-Lite: plain models, a module's ``db``, ``init_app()``, ``db.session``.

https://flask-sqlalchemy-lite.readthedocs.io/en/latest/start/
https://flask-sqlalchemy-lite.readthedocs.io/en/latest/testing/
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import BigInteger, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ..integration import Integration, engine_options

db = SQLAlchemy()


class Model(DeclarativeBase):
    pass


class Message(Model):
    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message: Mapped[str]


class FlaskSQLAlchemyLite(Integration):
    model = Message

    def create_app(self) -> Flask:
        app = Flask(__name__)
        default = {"url": os.environ["SQLALCHEMY_URL"], **engine_options()}
        app.config |= {"SQLALCHEMY_ENGINES": {"default": default}}
        db.init_app(app)
        return app

    def session(self) -> Session:
        return db.session

    def engines(self, app: Flask) -> list[Engine]:
        with app.app_context():
            return [db.engine]

    def rolled_back(self, app: Flask) -> AbstractContextManager[None]:
        return db.test_isolation()


INTEGRATION = FlaskSQLAlchemyLite()
