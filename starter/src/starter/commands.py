"""Commands beside Flask's own, and what `flask shell` offers."""

import re
import sys
from itertools import islice
from typing import Any

import click
from alembic import command
from alembic.config import CommandLine, Config
from alembic.util import CommandError
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy import func, insert, select

from . import models
from .db import Session, read, schema, scope, write
from .models import Base, Message

BATCH = 5000
# Where no revision is given.
REVISIONS = {"upgrade": "head", "downgrade": "-1", "stamp": "head", "show": "head", "edit": "head"}
MAKE_REVISION = {"migrate", "revision", "merge"}  # their -m may be the word "upgrade"


def init_app(app: Flask) -> None:
    """Add the commands to an app, and the models and ``Session`` to its shell."""
    app.cli.add_command(db)
    app.cli.add_command(populate)

    @app.shell_context_processor
    def shell_context() -> dict[str, Any]:
        classes = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
        ways = {"Session": Session, "read": read, "write": write, "scope": scope}
        return classes | ways | {"Base": Base, "select": select, "models": models}


def running() -> str | None:
    """Return the name of the ``flask`` command that this process runs, if it runs one."""
    context = click.get_current_context(silent=True)
    return context.info_name if context and context.find_object(ScriptInfo) else None


@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def db(arguments: tuple[str, ...]) -> None:
    """Run Alembic: upgrade, migrate, downgrade, current, history, ..."""
    given = list(arguments or ["--help"])
    name = next((each for each in given if each in {*REVISIONS, *MAKE_REVISION}), "")
    if name in REVISIONS and all(re.match(r"-\D", each) for each in given[given.index(name) + 1 :]):
        given.append(REVISIONS[name])
    alembic = CommandLine(prog="flask db")
    alembic.register_command(migrate)
    options = alembic.parser.parse_args(given)
    config = schema.configuration()
    config.cmd_opts = options
    traceback, options.raiseerr = options.raiseerr, True
    try:
        alembic.run_cmd(config, options)
    except CommandError as error:
        if traceback:
            raise
        raise click.ClickException(str(error)) from None


def migrate(config: Config, message: str | None = None, rev_id: str | None = None) -> None:
    """Create a revision from what differs between the models and the database."""
    command.revision(config, message, autogenerate=True, rev_id=rev_id)


@click.command()
@click.argument("number", type=click.IntRange(min=0))
@with_appcontext
def populate(number: int) -> None:
    """Add messages until there are NUMBER.

    Messages that exist already count, so a run that was interrupted continues when repeated.
    """
    with read() as connection:
        if not schema.is_current(connection):
            raise click.ClickException(
                "The schema is out of date. Run: flask --app starter db upgrade"
            )
    present = Session.scalar(select(func.count()).select_from(Message)) or 0
    Session.commit()
    missing = max(0, number - present)
    texts = (f"Message {n}" for n in range(present + 1, number + 1))
    with click.progressbar(length=missing, hidden=not sys.stdout.isatty()) as bar:
        while batch := [{"message": text} for text in islice(texts, BATCH)]:
            Session.execute(insert(Message), batch)
            Session.commit()
            bar.update(len(batch))
    click.echo(f"{missing:,} messages written; there are {present + missing:,}.")
