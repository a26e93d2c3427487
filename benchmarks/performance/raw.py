"""The starter on the raw driver: its own app, wrapper and views, with the data from elsewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import starter
from starter import messages
from starter.db.engines import Database
from starter.web.log import timed

from .drivers import Driver, Row, driver, execute

if TYPE_CHECKING:
    from flask import Flask


class Page:
    def __init__(self, driver: Driver, limit: int) -> None:
        self.driver = driver
        self.limit = limit

    def all(self, after: int) -> list[Row]:
        return self.driver.page(after, self.limit)


class One:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def all(self, key: int) -> list[Row]:
        return self.driver.one(key)


class Create:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def key(self, text: str) -> int:
        return self.driver.create(text)


def create_app(url: str) -> Flask:
    """Make the app; from now on the views of this process have no other way to the data.

    :param url: the database.
    """
    app = starter.create_app({"SQLALCHEMY_URL": url})
    # Timed as the starter's are, because the headers and the log line tell it.
    using = driver(url, timed(execute))
    patch.multiple(
        messages,
        page_of=partial(Page, using),
        ONE=One(using),
        CREATE=Create(using),
    ).start()
    database: Database = app.extensions["database"]
    # A view that asks it all the same, because it has changed, fails in place of being measured.
    vars(database).clear()
    return app
