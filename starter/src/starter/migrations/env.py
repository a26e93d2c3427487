"""Runs the migrations: for Alembic's command line, and for the app on its embedded database."""

import logging
import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from starter.db.engines import Database, DatabaseURLError
from starter.models import Base
from starter.settings import database_url, instance_folder


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",  # it has hardly any ALTER TABLE
        # SQLite can roll DDL back, once the driver does not begin by itself.
        transactional_ddl=connection.dialect.name != "mysql",
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    if (given := context.config.attributes.get("connection")) is not None:
        migrate(given)
        return
    logging.basicConfig(format="%(message)s")
    logging.getLogger("alembic").setLevel(logging.INFO)
    if context.is_offline_mode():
        context.configure(url=database_url(), target_metadata=Base.metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    if not os.environ.get("SQLALCHEMY_URL"):
        instance_folder().mkdir(parents=True, exist_ok=True)
    try:
        database = Database(database_url())
        connection = database.engine.connect()
    except DatabaseURLError as error:
        raise CommandError(f"SQLALCHEMY_URL {error}") from None
    except OperationalError as error:
        raise CommandError(f"The database does not answer: {error.orig}") from None
    with connection:
        migrate(connection)
    database.close()


main()
