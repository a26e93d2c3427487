"""``flask db``: Alembic's command line, with the names and defaults of Flask-Migrate."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import click
from alembic import command
from alembic.config import Config, main
from alembic.util import CommandError
from flask import Flask
from flask.cli import with_appcontext

# Where no revision is given.
REVISIONS = {"upgrade": "head", "downgrade": "-1", "stamp": "head", "show": "head", "edit": "head"}
TEMPLATE = Path(__file__).with_name("migrations_template")


class Migrate:
    """The migrations of an app, with options for Alembic's ``context.configure()``."""

    def __init__(
        self,
        app: Flask | None = None,
        db: object = None,
        directory: str = "migrations",
        command: str = "db",
        **options: Any,
    ) -> None:
        self.directory, self.command, self.options = directory, command, options
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        db: object = None,
        directory: str | None = None,
        command: str | None = None,
        **options: Any,
    ) -> None:
        app.extensions["migrate"] = {
            "directory": directory or self.directory,
            "options": {**self.options, **options},
        }
        app.cli.add_command(flask_db, command or self.command)


def init_app(app: Flask) -> None:
    """Add ``flask db`` to an app."""
    app.cli.add_command(flask_db)


@click.command("db", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def flask_db(arguments: tuple[str, ...]) -> None:
    """Run Alembic: upgrade, migrate, downgrade, current, history, ..."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-d", "--directory", default="migrations")
    parser.add_argument("-x", "--x-arg", action="append", default=[])
    options, given = parser.parse_known_args(arguments)
    name, *rest = given or ["--help"]
    if name == "init":
        rest = [options.directory, *(each for each in rest if each != "--multidb")]
    elif name == "migrate":
        name, rest = "revision", ["--autogenerate", *rest]
    elif name in REVISIONS and not re.search(r"(?<!--tag) (?!-\D)", " ".join(["", *rest])):
        rest.append("head:-1" if name == "downgrade" and "--sql" in rest else REVISIONS[name])
    before = ["-c", f"{options.directory}/alembic.ini", *(f"-x{each}" for each in options.x_arg)]
    try:
        main(["--raiseerr", *before, name, *rest], prog="flask db")
    except CommandError as error:
        raise click.ClickException(str(error)) from None
    if name == "init":
        Path(options.directory, "env.py").write_bytes((TEMPLATE / "env.py").read_bytes())


def config(directory: str | None, cmd_opts: Namespace | None = None) -> Config:
    return Config(f"{directory or 'migrations'}/alembic.ini", cmd_opts=cmd_opts)


def init(directory: str | None = None, multidb: bool = False, package: bool = False) -> None:
    command.init(config(directory), directory or "migrations", package=package)
    Path(directory or "migrations", "env.py").write_bytes((TEMPLATE / "env.py").read_bytes())


def migrate(directory: str | None = None, message: str | None = None, **options: Any) -> None:
    given = Namespace(x=None, autogenerate=True)
    command.revision(config(directory, given), message, autogenerate=True, **options)


def revision(directory: str | None = None, message: str | None = None, **options: Any) -> None:
    command.revision(config(directory), message, **options)


def upgrade(directory: str | None = None, revision: str = "head", **options: Any) -> None:
    command.upgrade(config(directory), revision, **options)


def downgrade(directory: str | None = None, revision: str = "-1", **options: Any) -> None:
    command.downgrade(config(directory), revision, **options)


def stamp(directory: str | None = None, revision: str = "head", **options: Any) -> None:
    command.stamp(config(directory), revision, **options)


def merge(directory: str | None = None, revisions: Any = "", **options: Any) -> None:
    command.merge(config(directory), revisions, **options)


def edit(directory: str | None = None, revision: str = "current") -> None:
    command.edit(config(directory), revision)


def show(directory: str | None = None, revision: str = "head") -> None:
    command.show(config(directory), revision)


def history(directory: str | None = None, rev_range: str | None = None, **options: Any) -> None:
    command.history(config(directory), rev_range, **options)


def heads(directory: str | None = None, **options: Any) -> None:
    command.heads(config(directory), **options)


def branches(directory: str | None = None, **options: Any) -> None:
    command.branches(config(directory), **options)


def current(directory: str | None = None, **options: Any) -> None:
    command.current(config(directory), **options)


def check(directory: str | None = None) -> None:
    command.check(config(directory))
