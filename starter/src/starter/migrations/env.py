"""Runs the migrations: for ``alembic``, and for the app on its embedded database."""

import logging
import os

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from starter.db.engines import Database, DatabaseURLError
from starter.models import Base
from starter.settings import database_url, instance_folder


def run_offline() -> None:
    """Print the statements, without a database."""
    context.configure(url=database_url(), target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Connect and run the migrations."""
    if not os.environ.get("SQLALCHEMY_URL"):
        instance_folder().mkdir(parents=True, exist_ok=True)
    try:
        database = Database(database_url())
        connection = database.engine.connect()
    except DatabaseURLError as error:
        raise CommandError(f"SQLALCHEMY_URL {error}") from None
    except DBAPIError as error:
        raise CommandError(f"The database does not answer: {error.orig}") from error
    with connection:
        migrate(connection)
    database.close()


def migrate(connection: Connection) -> None:
    """Run the migrations on a connection that is not in a transaction."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Batch mode replaces a table by a new one. With foreign keys on, dropping the old one
        # would delete the rows that refer to it. Within a transaction this PRAGMA does nothing.
        # https://www.sqlite.org/lang_altertable.html#otheralter
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()  # or Alembic would take SQLAlchemy's autobegin for a transaction of ours
    try:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            transactional_ddl=sqlite or None,  # once the driver does not begin by itself
            on_version_apply=check_foreign_keys if sqlite else None,
        )
        with context.begin_transaction():
            if sqlite:  # of several workers that start at once, one migrates and the others wait
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            context.run_migrations()
    finally:
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.commit()


def check_foreign_keys(
    ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object
) -> None:
    """Refuse a migration that leaves rows whose foreign key refers to nothing."""
    assert ctx.connection is not None
    rows = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if tables := ", ".join(sorted({row[0] for row in rows})):
        raise CommandError(
            f"{step.up_revision_id} leaves rows without the row they refer to, in: {tables}. "
            "Nothing was changed."
        )


if context.is_offline_mode():
    run_offline()
elif connection := context.config.attributes.get("connection"):
    migrate(connection)
else:
    logging.basicConfig(format="%(message)s")
    logging.getLogger("alembic").setLevel(logging.INFO)
    run_online()
