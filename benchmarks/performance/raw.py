"""The starter on the raw driver: its own app, wrapper and views, with the data from elsewhere."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import starter
from starter import messages
from starter.engines import Database
from starter.trace import measured

from .drivers import Driver, Row, driver, execute

if TYPE_CHECKING:
    from flask import Flask


class Page:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def all(self, after: int, limit: int) -> list[Row]:
        return self.driver.page(after, limit)


class One:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def all(self, key: int) -> list[Row]:
        return self.driver.one(key)


class Connection:
    """What the starter's view creates a message with."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def execute(self, _statement: object, values: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(inserted_primary_key=(self.driver.create(values["message"]),))


def create_app(url: str) -> Flask:
    """Make the app; from now on the views of this process have no other way to the data.

    :param url: the database.
    """
    app = starter.create_app()
    # Timed as the starter's are, because the headers and the log line tell it.
    using = driver(url, measured(execute))
    writer = nullcontext(Connection(using))
    patch.multiple(messages, PAGE=Page(using), ONE=One(using), write=lambda: writer).start()
    database: Database = app.extensions["database"]
    # A view that asks it all the same, because it has changed, fails in place of being measured.
    vars(database).clear()
    return app
