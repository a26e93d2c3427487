"""The schema: which one the migrations end in, which one a database has."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DBAPIError

from ..models import Message
from ..settings import PROJECT, SettingsError

SAMPLES = ("First message", "Second message", "Third message")


def configuration() -> Config:
    """Return Alembic's configuration, wherever the package is installed."""
    config = Config(toml_file=PROJECT / "pyproject.toml")  # its hooks, where the file exists
    folder = str(Path(__file__).parents[1] / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


@cache
def outdated() -> frozenset[str | None]:
    """Return every revision but the newest, and ``None``, for a database without migrations."""
    script = ScriptDirectory.from_config(configuration())
    revisions = {revision.revision for revision in script.walk_revisions()}
    return frozenset({None, *revisions} - {script.get_current_head()})


def is_current(connection: Connection) -> bool:
    """Tell whether the database has every migration of this version.

    A revision that this version does not know is that of a newer version, which is being rolled
    out. This one keeps serving meanwhile, so a migration must leave what it uses.
    """
    return MigrationContext.configure(connection).get_current_revision() not in outdated()


def upgrade(engine: Engine) -> None:
    """Bring an embedded database to the newest schema, and put sample rows into a new one.

    Several workers may do so at once: one migrates, and the others find it done.

    :raises SettingsError: the file cannot be opened or written, or a migration fails.
    """
    config = configuration()
    try:
        with engine.connect() as connection:
            new = MigrationContext.configure(connection).get_current_revision() is None
            connection.rollback()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if new:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                if connection.scalar(select(Message.id).limit(1)) is None:
                    connection.execute(insert(Message), [{"message": text} for text in SAMPLES])
                connection.commit()
    except (CommandError, DBAPIError) as error:
        raise SettingsError(f"{engine.url.database} cannot be migrated: {error}") from error
