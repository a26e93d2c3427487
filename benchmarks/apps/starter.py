"""The starter as it is: ``starter.create_app()``; tests roll back as in its own conftest.py."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flask import Flask, Response
from sqlalchemy import Engine, Executable
from sqlalchemy.orm import Session

import starter
from starter import db, messages
from starter.db.engines import Database
from starter.models import Message
from starter.web import scope

from ..integration import Integration


class Starter(Integration):
    model = Message

    def create_app(self) -> Flask:
        return starter.create_app()

    def bare_app(self) -> Flask:
        app = Flask(__name__)
        scope.init_app(app, Database(os.environ["SQLALCHEMY_URL"]))
        return app

    def session(self) -> Session:
        return db.Session()

    def job(self, app: Flask) -> AbstractContextManager[Any]:
        return db.scope()

    def engines(self, app: Flask) -> list[Engine]:
        database: Database = app.extensions["database"]
        return list(database.engines)

    def read(self, statement: Executable) -> Sequence[Any]:
        with db.read() as connection:
            return connection.execute(statement).all()

    def export(self) -> Response:
        return messages.export()

    @contextmanager
    def rolled_back(self, app: Flask) -> Iterator[None]:
        database: Database = app.extensions["database"]
        with database.engine.connect() as connection, connection.begin() as transaction:
            database.joined = connection
            with db.scope(database):
                yield
            transaction.rollback()


INTEGRATION = Starter()
