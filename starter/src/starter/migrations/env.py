"""Runs the migrations: for ``alembic`` and ``flask db``, and for ``flask run`` on the default database."""

import logging
import os
from time import sleep
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, Table, event, inspect
from sqlalchemy.exc import OperationalError

from starter.db.drivers import code_of
from starter.db.engines import Database
from starter.models import Base
from starter.settings import embedded_url, load_env

ATTEMPTS = 60  # to get a lock that another transaction holds


def migrate(connection: Connection) -> None:
    """Run the migrations on a connection that is not in a transaction."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Batch mode replaces a table by a new one. With foreign keys on, dropping the old one
        # would delete the rows that refer to it. Within a transaction this PRAGMA does nothing.
        # https://www.sqlite.org/lang_altertable.html#otheralter
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()  # or Alembic would take SQLAlchemy's autobegin for our transaction
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        transactional_ddl=sqlite or None,  # once the driver does not begin by itself
        on_version_apply=check_foreign_keys if sqlite else None,
    )
    try:
        with context.begin_transaction():
            if sqlite:  # of several workers that start at once, one migrates and the others wait
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            given = ids_given(connection) if sqlite else {}
            context.run_migrations()
            for table, id in given.items():  # by rows that were deleted, too
                statement = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"
                connection.exec_driver_sql(statement, (id, table))
    finally:
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.commit()


def migrate_when_free(connection: Connection) -> None:
    """Run the migrations on PostgreSQL without making others wait for long.

    A statement that waits for a lock keeps everybody else waiting behind it, so it gives up after
    two seconds, and all of it is tried again.
    """
    connection.exec_driver_sql("SET lock_timeout = '2s'")
    connection.commit()
    for _ in range(ATTEMPTS - 1):
        try:
            return migrate(connection)
        except OperationalError as error:
            if code_of(error.orig) != "55P03":  # lock_not_available
                raise
            logging.getLogger("alembic.runtime.migration").warning("Waits for a lock")
        connection.rollback()
        sleep(1)
    return migrate(connection)


def ids_given(connection: Connection) -> dict[str, int]:
    """Return the highest id that each table with AUTOINCREMENT has given on SQLite."""
    if not inspect(connection).has_table("sqlite_sequence"):
        return {}
    rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
    return {row.name: row.seq for row in rows}


@event.listens_for(Table, "before_create")
def keep_autoincrement(table: Table, connection: Connection, **_: object) -> None:
    """Give the table that batch mode creates what SQLite does not reflect."""
    model = Base.metadata.tables.get(table.name.removeprefix("_alembic_tmp_"))
    if model is not None and connection.dialect.name == "sqlite":
        options = table.dialect_options["sqlite"]
        options["autoincrement"] = model.dialect_options["sqlite"]["autoincrement"]


def check_foreign_keys(ctx: Any, step: Any, heads: object, run_args: object) -> None:
    rows = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if tables := ", ".join(sorted({row[0] for row in rows})):
        raise CommandError(
            f"{step.up_revision_id} leaves rows without the row they refer to, in: {tables}"
        )


def main() -> None:
    if connection := context.config.attributes.get("connection"):
        return migrate(connection)
    load_env()
    logging.basicConfig(format="%(message)s")
    for name in ("alembic.runtime.migration", "alembic.autogenerate"):
        logging.getLogger(name).setLevel(logging.INFO)
    url = os.environ.get("SQLALCHEMY_URL") or embedded_url()
    if context.is_offline_mode():
        context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            return context.run_migrations()
    database = Database(url, query_timeout=None)
    try:
        connection = database.engine.connect()
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {error.orig}") from error
    with connection:
        run = migrate_when_free if connection.dialect.name == "postgresql" else migrate
        run(connection)
    database.close()
    return None


try:
    main()
except CommandError:
    raise
except Exception as error:  # whatever a migration raises
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    raise CommandError(
        f"{type(error).__name__}: {reason} "
        "(to see the traceback: flask --app starter db --raiseerr upgrade)"
    ) from error
