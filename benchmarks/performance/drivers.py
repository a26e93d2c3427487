"""The messages by the driver alone: a connection a thread, in autocommit, and no pool."""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, ClassVar

import psycopg
from sqlalchemy import URL, make_url

BATCH = 1000  # rows of an export that are in memory at once

Row = tuple[int, str]


def execute(cursor: Any, sql: str, values: Any) -> None:
    cursor.execute(sql, values)


class Driver(ABC, threading.local):  # whose __init__ is called in each thread anew
    """A driver and the SQL that the starter sends through it.

    :param url: the database.
    :param execute: what executes a statement on a cursor.
    """

    page_sql: ClassVar[str]
    one_sql: ClassVar[str]

    def __init__(self, url: URL, execute: Callable[..., Any] = execute) -> None:
        self.connection = self.connect(url)
        self.execute = execute

    @abstractmethod
    def connect(self, url: URL) -> Any:
        """Return a connection in autocommit."""

    def page(self, after: int, limit: int) -> list[Row]:
        return self.rows(f"{self.page_sql} {limit}", (after,))

    def one(self, key: int) -> list[Row]:
        return self.rows(self.one_sql, (key,))

    def rows(self, sql: str, values: tuple[int, ...]) -> list[Row]:
        cursor = self.connection.cursor()
        self.execute(cursor, sql, values)
        rows: list[Row] = cursor.fetchall()
        cursor.close()
        return rows

    @abstractmethod
    def create(self, text: str) -> int:
        """Write a message and return its id."""

    @abstractmethod
    def batches(self) -> Iterator[list[Row]]:
        """Read all messages, which the database hands over bit by bit."""


class SQLite(Driver):
    page_sql = "SELECT id, message FROM messages WHERE id > ? ORDER BY id LIMIT"
    one_sql = "SELECT id, message FROM messages WHERE id = ?"

    def connect(self, url: URL) -> sqlite3.Connection:
        return sqlite3.connect(str(url.database), isolation_level=None)

    def create(self, text: str) -> int:
        cursor = self.connection.cursor()
        self.execute(cursor, "INSERT INTO messages (message) VALUES (?)", (text,))
        id: int = cursor.lastrowid
        cursor.close()
        return id

    def batches(self) -> Iterator[list[Row]]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute("SELECT id, message FROM messages ORDER BY id")
            while rows := cursor.fetchmany(BATCH):
                yield rows


class PostgreSQL(Driver):
    page_sql = "SELECT id, message FROM messages WHERE id > %s ORDER BY id LIMIT"
    one_sql = "SELECT id, message FROM messages WHERE id = %s"

    def connect(self, url: URL) -> psycopg.Connection[Any]:
        conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(conninfo, autocommit=True)

    def create(self, text: str) -> int:
        cursor = self.connection.cursor()
        self.execute(cursor, "INSERT INTO messages (message) VALUES (%s) RETURNING id", (text,))
        (id,) = cursor.fetchone()
        cursor.close()
        return int(id)

    def batches(self) -> Iterator[list[Row]]:
        # Only a cursor with a name stays on the server, and only within a transaction.
        with self.connection.transaction(), self.connection.cursor("export") as cursor:
            cursor.execute("SELECT id, message FROM messages ORDER BY id")
            while rows := cursor.fetchmany(BATCH):
                yield rows


def driver(url: str, execute: Callable[..., Any] = execute) -> Driver:
    """Return the driver of a database."""
    parsed = make_url(url)
    kinds: dict[str, type[Driver]] = {"sqlite": SQLite, "postgresql": PostgreSQL}
    return kinds[parsed.get_backend_name()](parsed, execute)
