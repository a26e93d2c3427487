"""What ``env.py`` needs where foreign keys are enforced in SQLite."""

from typing import Any

from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.engine import Connection


def foreign_keys_off(connection: Connection) -> Connection:
    """Turn foreign keys off in SQLite until a connection is closed.

    Alembic alters a table by copying it and dropping the original. With foreign keys on, that
    deletes or changes the rows that refer to it: https://sqlite.org/lang_altertable.html#otheralter
    """
    if connection.dialect.name != "sqlite":
        return connection
    pragma = connection.connection.cursor().execute  # SQLAlchemy's execute() begins a transaction
    if pragma("PRAGMA foreign_keys").fetchall() == [(0,)]:
        return connection
    pragma("PRAGMA foreign_keys = OFF")
    if pragma("PRAGMA foreign_keys").fetchall() == [(1,)]:
        raise CommandError("Foreign keys cannot be turned off within a transaction.")

    @event.listens_for(connection, "commit")
    def check_foreign_keys(connection: Connection) -> None:
        if broken := pragma("PRAGMA foreign_key_check").fetchall():
            tables = ", ".join(sorted({table for table, *_ in broken}))
            raise CommandError(
                f"Not committed: {len(broken)} rows in {tables} refer to a row that is missing. "
                "PRAGMA foreign_key_check lists them."
            )

    @event.listens_for(connection.engine, "checkin")
    def turn_on(dbapi_connection: Any, record: Any) -> None:
        dbapi_connection.execute("PRAGMA foreign_keys = ON")

    return connection
