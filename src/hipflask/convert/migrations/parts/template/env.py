"""Runs the migrations on the database and the models of the app."""

from logging.config import fileConfig
from typing import Any

from alembic import context
from flask import current_app

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

target_db = current_app.extensions["migrate"].db


def drop_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no revision where models and database agree."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        config.print_stdout("No changes in schema detected.")


def run(**source: Any) -> None:
    context.configure(
        target_metadata=target_db.metadata,
        process_revision_directives=drop_empty,
        **current_app.extensions["migrate"].configure_args,
        **source,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(url=target_db.engine.url, literal_binds=True)
else:
    with target_db.engine.connect() as connection:
        run(connection=connection)
