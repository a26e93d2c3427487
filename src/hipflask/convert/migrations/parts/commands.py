"""``flask db``: the commands of Alembic, on the database and the models of the app.

``migrations/env.py`` finds what `Migrate` was given in ``current_app.extensions["migrate"]``.
"""

from __future__ import annotations

import argparse
import functools
import logging
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from flask import Flask, current_app, g
from flask.cli import with_appcontext

# The name that alembic.ini lists: env.py turns off the loggers that are not.
log = logging.getLogger("flask_migrate")

# What Alembic compares unless `Migrate` is told otherwise.
DEFAULTS: dict[str, Any] = {"compare_type": True, "render_as_batch": True}

# What ``flask db init`` copies; without it, the folder that the app has.
TEMPLATE = Path(__file__).with_name("migrations_template")

Configure = Callable[[Config], Config]


class AppMigrations(NamedTuple):
    """What an app keeps in ``app.extensions["migrate"]``, for env.py to read."""

    migrate: Migrate
    db: Any
    directory: str
    configure_args: dict[str, Any]


class Migrate:
    """The migrations of an app, and the commands for them.

    :param app: the app; else call `init_app`.
    :param db: the module of the engines and the models.
    :param directory: the folder of the migrations.
    :param command: the name of the commands: ``flask db …``.
    :param options: given to Alembic's ``context.configure()``.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        directory: str | os.PathLike[str] = "migrations",
        command: str = "db",
        **options: Any,
    ) -> None:
        self.db = db
        self.directory = str(directory)
        self.command = command
        self.options = {**DEFAULTS, **options}
        self.callbacks: list[Configure] = []
        if app is not None and db is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        directory: str | os.PathLike[str] | None = None,
        command: str | None = None,
        **options: Any,
    ) -> None:
        """Give an app its migrations; what is not said is as it was said before."""
        self.db = db or self.db
        self.directory = str(directory or self.directory)
        self.command = command or self.command
        self.options.update(options)
        # The options are the app's own: env.py adds to them what ends with its run.
        app.extensions["migrate"] = AppMigrations(self, self.db, self.directory, dict(self.options))
        app.cli.add_command(commands, name=self.command)

    def configure(self, callback: Configure) -> Configure:
        """Have a function change Alembic's configuration before each command."""
        self.callbacks.append(callback)
        return callback

    def get_config(
        self,
        directory: str | os.PathLike[str] | None = None,
        x_arg: str | Sequence[str] | None = None,
        opts: Sequence[str] = (),
    ) -> Config:
        """Return Alembic's configuration.

        :param directory: the folder of the migrations; that of the app unless given.
        :param x_arg: what ``context.get_x_argument()`` returns in env.py.
        :param opts: flags that env.py finds in ``config.cmd_opts``.
        """
        directory = str(directory or self.directory)
        config = Config(os.path.join(directory, "alembic.ini"))
        config.set_main_option("script_location", directory.replace("%", "%%"))
        given = [x_arg] if isinstance(x_arg, str) else list(x_arg or ())
        flags = dict.fromkeys(opts, True)
        config.cmd_opts = argparse.Namespace(x=[*g.get("x_arg", ()), *given], **flags)
        for callback in self.callbacks:
            config = callback(config)
        return config


def get_config(directory: str | None, *opts: str, x_arg: Any = None) -> Config:
    migrate: Migrate = current_app.extensions["migrate"].migrate
    return migrate.get_config(directory, x_arg, opts)


DIRECTORY = click.Option(["-d", "--directory"], help="Folder of the migrations.")
X_ARG = click.Option(["-x", "--x-arg"], multiple=True, help="Argument for env.py: name=value.")
MESSAGE = click.Option(["-m", "--message"], help="What the revision does.")
SQL = click.Option(["--sql"], is_flag=True, help="Print the SQL and leave the database alone.")
TAG = click.Option(["--tag"], help="A word for env.py.")
VERBOSE = click.Option(["-v", "--verbose"], is_flag=True, help="Say more.")
BRANCH_LABEL = click.Option(["--branch-label"], help="A label for the new branch.")
REV_ID = click.Option(["--rev-id"], help="The id of the new revision.")
NEW_REVISION = (
    MESSAGE,
    SQL,
    click.Option(["--head"], default="head", help="The revision that it follows."),
    click.Option(["--splice"], is_flag=True, help="Let it follow one that is no head."),
    BRANCH_LABEL,
    click.Option(["--version-path"], help="The folder that it is written to."),
    REV_ID,
)

commands = click.Group("db", help="Perform database migrations.")
commands.params += [DIRECTORY, X_ARG]


def flask_db(
    *parameters: click.Parameter,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of ``flask db``, which can still be called."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def stopped_in_words(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except (CommandError, RuntimeError) as error:
                log.error("Error: %s", error)
                sys.exit(1)

        @with_appcontext
        def callback(directory: str | None, **given: Any) -> None:
            above = click.get_current_context().parent
            outer = above.params if above is not None else {}
            g.x_arg = outer.get("x_arg", ())
            stopped_in_words(directory=directory or outer.get("directory"), **given)

        commands.add_command(
            click.Command(
                function.__name__,
                callback=callback,
                params=[DIRECTORY, *parameters],
                help=function.__doc__,
            )
        )
        return stopped_in_words

    return decorate


def revision_argument(default: str) -> click.Argument:
    return click.Argument(["revision"], default=default)


@flask_db(
    click.Option(["--multidb"], is_flag=True, help="Nothing: the template is that of the app."),
    click.Option(["--package"], is_flag=True, help="Make the folders packages."),
)
def init(directory: str | None = None, multidb: bool = False, package: bool = False) -> None:
    """Create a new folder of migrations."""
    migrate: Migrate = current_app.extensions["migrate"].migrate
    folder = Path(directory or migrate.directory)
    if folder.is_dir() and any(folder.iterdir()):
        raise CommandError(f"Directory {folder} already exists and is not empty")
    template = TEMPLATE if TEMPLATE.is_dir() else Path(migrate.directory)
    (folder / "versions").mkdir(parents=True)
    for name in ("alembic.ini", "env.py", "script.py.mako"):
        shutil.copyfile(template / name, folder / name)
    if package:
        (folder / "__init__.py").touch()
        (folder / "versions/__init__.py").touch()
    click.echo(f"Created {folder}.")


@flask_db(*NEW_REVISION, click.Option(["--autogenerate"], is_flag=True, help="As migrate does."))
def revision(
    directory: str | None = None,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
) -> None:
    """Create a new revision file."""
    config = get_config(directory, *(["autogenerate"] if autogenerate else []))
    command.revision(
        config,
        message=message,
        autogenerate=autogenerate,
        sql=sql,
        head=head,
        splice=splice,
        branch_label=branch_label,
        version_path=version_path,
        rev_id=rev_id,
    )


@flask_db(*NEW_REVISION, X_ARG)
def migrate(
    directory: str | None = None,
    message: str | None = None,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    x_arg: Any = None,
) -> None:
    """Create a new revision file from what differs between models and database."""
    config = get_config(directory, "autogenerate", x_arg=x_arg)
    command.revision(
        config,
        message=message,
        autogenerate=True,
        sql=sql,
        head=head,
        splice=splice,
        branch_label=branch_label,
        version_path=version_path,
        rev_id=rev_id,
    )


@flask_db(revision_argument("head"))
def edit(directory: str | None = None, revision: str = "current") -> None:
    """Edit a revision file."""
    command.edit(get_config(directory), revision)


@flask_db(MESSAGE, BRANCH_LABEL, REV_ID, click.Argument(["revisions"], nargs=-1))
def merge(
    directory: str | None = None,
    revisions: Any = "",
    message: str | None = None,
    branch_label: str | None = None,
    rev_id: str | None = None,
) -> None:
    """Merge revisions in a new revision file."""
    command.merge(
        get_config(directory), revisions, message=message, branch_label=branch_label, rev_id=rev_id
    )


@flask_db(SQL, TAG, X_ARG, revision_argument("head"))
def upgrade(
    directory: str | None = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Any = None,
) -> None:
    """Upgrade to a later revision."""
    command.upgrade(get_config(directory, x_arg=x_arg), revision, sql=sql, tag=tag)


@flask_db(SQL, TAG, X_ARG, revision_argument("-1"))
def downgrade(
    directory: str | None = None,
    revision: str = "-1",
    sql: bool = False,
    tag: str | None = None,
    x_arg: Any = None,
) -> None:
    """Revert to an earlier revision."""
    if sql and revision == "-1":  # there is no database to ask where it is
        revision = "head:-1"
    command.downgrade(get_config(directory, x_arg=x_arg), revision, sql=sql, tag=tag)


@flask_db(revision_argument("head"))
def show(directory: str | None = None, revision: str = "head") -> None:
    """Show a revision."""
    command.show(get_config(directory), revision)


@flask_db(
    click.Option(["-r", "--rev-range"], help="[start]:[end]"),
    VERBOSE,
    click.Option(["-i", "--indicate-current"], is_flag=True, help="Mark the current revision."),
)
def history(
    directory: str | None = None,
    rev_range: str | None = None,
    verbose: bool = False,
    indicate_current: bool = False,
) -> None:
    """List the revisions in order."""
    command.history(
        get_config(directory),
        rev_range=rev_range,
        verbose=verbose,
        indicate_current=indicate_current,
    )


@flask_db(
    VERBOSE, click.Option(["--resolve-dependencies"], is_flag=True, help="Follow depends_on.")
)
def heads(
    directory: str | None = None, verbose: bool = False, resolve_dependencies: bool = False
) -> None:
    """Show the newest revisions."""
    command.heads(get_config(directory), verbose=verbose, resolve_dependencies=resolve_dependencies)


@flask_db(VERBOSE)
def branches(directory: str | None = None, verbose: bool = False) -> None:
    """Show where revisions branch."""
    command.branches(get_config(directory), verbose=verbose)


@flask_db(VERBOSE)
def current(directory: str | None = None, verbose: bool = False) -> None:
    """Show the revision that each database is at."""
    command.current(get_config(directory), verbose=verbose)


@flask_db(
    SQL,
    TAG,
    click.Option(["--purge"], is_flag=True, help="Forget the revision that it is at first."),
    revision_argument("head"),
)
def stamp(
    directory: str | None = None,
    revision: str = "head",
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
) -> None:
    """Note a revision in the database, and run no migration."""
    command.stamp(get_config(directory), revision, sql=sql, tag=tag, purge=purge)


@flask_db()
def check(directory: str | None = None) -> None:
    """Fail if models and database differ."""
    command.check(get_config(directory))
