"""Runs the migrations on the database and the models of the app."""

from logging.config import fileConfig
from typing import Any

from alembic import context
from flask import current_app

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

migrations = current_app.extensions["migrate"]


def drop_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no revision where models and database agree."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
        config.print_stdout("No changes in schema detected.")


def run(**source: Any) -> None:
    context.configure(target_metadata=migrations.db.Base.metadata, **source)
    with context.begin_transaction():
        context.run_migrations()


engine = migrations.db.get_engine()
if context.is_offline_mode():
    run(url=engine.url, literal_binds=True)
else:
    with engine.connect() as connection:
        options = {"process_revision_directives": drop_empty, **migrations.configure_args}
        run(connection=connection, **options)
