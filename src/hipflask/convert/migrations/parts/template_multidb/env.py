"""Runs the migrations on the databases and the models of the app."""

from contextlib import ExitStack
from logging.config import fileConfig
from typing import Any

from alembic import context
from flask import current_app

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

target_db = current_app.extensions["migrate"].db
engines = target_db.engines


def drop_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no revision where models and databases agree."""
    if not getattr(config.cmd_opts, "autogenerate", False):
        return
    every = directives[0].upgrade_ops_list
    # It is called once for each database, with what was found so far.
    if len(every) == len(engines) and all(found.is_empty() for found in every):
        directives[:] = []
        config.print_stdout("No changes in schema detected.")


def run(key: Any, **source: Any) -> None:
    name = key or ""
    context.configure(
        target_metadata=target_db.metadatas[key],
        upgrade_token=f"{name}_upgrades",
        downgrade_token=f"{name}_downgrades",
        process_revision_directives=drop_empty,
        **current_app.extensions["migrate"].configure_args,
        **source,
    )
    context.run_migrations(engine_name=name)


if context.is_offline_mode():
    for key, engine in engines.items():
        with open(f"{key or ''}.sql", "w") as script:
            run(key, url=engine.url, output_buffer=script, literal_binds=True)
else:
    # One transaction in each database, and none is committed before all have run.
    with ExitStack() as stack:
        connections = {key: stack.enter_context(engines[key].connect()) for key in engines}
        for connection in connections.values():
            stack.enter_context(connection.begin())
        for key, connection in connections.items():
            run(key, connection=connection)
