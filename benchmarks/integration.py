"""What differs between the apps that are measured; all else that they are made of is shared."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from flask import Flask, Response, stream_with_context
from sqlalchemy import Engine, Executable, select
from sqlalchemy.orm import Session

BATCH = 1000  # rows of an export that are in memory at once


class Integration(ABC):
    """One way to tie SQLAlchemy to Flask.

    :param model: its ``Message``, on the table ``messages``.
    """

    model: type[Any]

    @abstractmethod
    def create_app(self) -> Flask:
        """Make an app on the database of $SQLALCHEMY_URL."""

    @abstractmethod
    def session(self) -> Session:
        """Return the session that a view works with."""

    @abstractmethod
    def engines(self, app: Flask) -> list[Engine]:
        """Return the engines whose connections are counted."""

    @abstractmethod
    def rolled_back(self, app: Flask) -> AbstractContextManager[None]:
        """Let the commits of an app be undone at the end, as its tests would."""

    def job(self, app: Flask) -> AbstractContextManager[Any]:
        """Return what its documentation puts around the work of a thread that is no request."""
        return app.app_context()

    def bare_app(self) -> Flask:
        """Make an app with nothing but the integration in it."""
        return self.create_app()

    def read(self, statement: Executable) -> Sequence[Any]:
        """Return rows that a view only reads."""
        return self.session().execute(statement).all()

    def export(self) -> Response:
        """Stream all rows, in constant memory."""

        def lines() -> Iterator[str]:
            rows = select(self.model).order_by(self.model.id).execution_options(yield_per=BATCH)
            for message in self.session().scalars(rows):
                yield json.dumps({"id": message.id, "message": message.message}) + "\n"

        return Response(stream_with_context(lines()), mimetype="application/x-ndjson")


def engine_options() -> dict[str, Any]:
    """Return what a scenario asks for, by the name of the starter's setting; else the defaults."""
    size = os.environ.get("FLASK_POOL_SIZE")
    return {"pool_size": int(size), "max_overflow": 0} if size else {}


@contextmanager
def joined(engine: Engine, configure: Callable[..., None]) -> Iterator[None]:
    """Roll back by SQLAlchemy's own recipe, for those whose documentation has none.

    https://docs.sqlalchemy.org/en/21/orm/session_transaction.html#joining-a-session-into-an-external-transaction-such-as-for-test-suites

    :param configure: of the sessionmaker.
    """
    with engine.connect() as connection, connection.begin() as transaction:
        configure(bind=connection, join_transaction_mode="create_savepoint")
        yield
        transaction.rollback()
