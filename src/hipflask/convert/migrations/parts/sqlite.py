"""Keeps SQLite from deleting rows when a migration alters a table."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy import event


def foreign_keys_off(connection: sa.engine.Connection) -> sa.engine.Connection:
    """Turn foreign keys off on a connection to SQLite until it is closed, and return it.

    Alembic alters a table by copying it and dropping the original. With foreign keys on, that
    deletes or changes the rows that refer to it: https://sqlite.org/lang_altertable.html#otheralter

    :raises CommandError: a transaction has begun, in which they cannot be turned off.
    """
    if connection.dialect.name == "sqlite" and pragma(connection, "foreign_keys") == [(1,)]:
        pragma(connection, "foreign_keys = OFF")
        if pragma(connection, "foreign_keys") == [(1,)]:
            raise CommandError(
                "Foreign keys cannot be turned off within a transaction. Call "
                "foreign_keys_off(connection) in env.py before the transaction begins."
            )
        connection.info["foreign_keys_off"] = True
        event.listen(connection, "commit", check_foreign_keys)
        event.listen(connection.engine, "checkin", turn_on)
    return connection


def check_foreign_keys(connection: sa.engine.Connection) -> None:
    """Refuse to commit a migration that leaves a row without the row it refers to."""
    if broken := pragma(connection, "foreign_key_check"):
        tables = ", ".join(sorted({table for table, *_ in broken}))
        raise CommandError(
            f"The migration was not committed. Rows that refer to a missing row: {len(broken)}, in "
            f"{tables}. PRAGMA foreign_key_check lists them."
        )


def turn_on(dbapi_connection: Any, record: Any) -> None:
    if record.info.pop("foreign_keys_off", False):
        dbapi_connection.execute("PRAGMA foreign_keys = ON")


def pragma(connection: sa.engine.Connection, statement: str) -> list[Any]:
    # Not connection.execute(): that begins a transaction.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {statement}")
    rows = list(cursor.fetchall())
    cursor.close()
    return rows
