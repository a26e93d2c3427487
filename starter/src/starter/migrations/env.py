"""Runs the migrations: for ``alembic``, and for the app on its embedded database."""

import logging
import os

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from starter.db.engines import Database, DatabaseURLError
from starter.models import Base
from starter.settings import SettingsError, database_url, load_env


def run_offline(url: str) -> None:
    """Print the statements, without a database."""
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online(url: str) -> None:
    """Connect and run the migrations."""
    try:
        database = Database(url)
        connection = database.engine.connect()
    except DatabaseURLError as error:
        raise CommandError(f"SQLALCHEMY_URL {error}") from None
    except OperationalError as error:
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


def main() -> None:
    if connection := context.config.attributes.get("connection"):
        return migrate(connection)
    load_env()
    logging.basicConfig(format="%(message)s")
    for name in ("alembic.runtime.migration", "alembic.autogenerate"):
        logging.getLogger(name).setLevel(logging.INFO)
    url = database_url(os.environ)
    return run_offline(url) if context.is_offline_mode() else run_online(url)


try:
    main()
except CommandError:
    raise
except SettingsError as error:
    raise CommandError(str(error)) from None
except Exception as error:  # whatever a migration raises
    told = str(getattr(error, "orig", error)).partition("\n")[0]
    raise CommandError(
        f"{type(error).__name__}: {told}. "
        "To see the traceback: flask --app starter db --raiseerr upgrade"
    ) from error
