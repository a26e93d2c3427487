"""Commands beside Flask's own: populate; and what a shell has at hand."""

from itertools import islice
from time import monotonic
from typing import Any

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy import func, insert, select

from . import models
from .db import Session
from .models import Base, Message

BATCH = 5000


def init_app(app: Flask) -> None:
    """Give an app its commands and its shell the models and ``Session``."""
    app.cli.add_command(populate)

    @app.shell_context_processor
    def at_hand() -> dict[str, Any]:
        classes = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
        return classes | {"Base": Base, "Session": Session, "select": select, "models": models}


def running() -> str | None:
    """Return which ``flask`` command this process runs; a server, a script or a test runs none."""
    context = click.get_current_context(silent=True)
    return context.info_name if context and context.find_object(ScriptInfo) else None


@click.command()
@click.argument("number", type=click.IntRange(min=0))
@with_appcontext
def populate(number: int) -> None:
    """Fill the table up to NUMBER messages.

    What is there counts, so a run that was interrupted is taken up by the same command.
    """
    present = Session.scalar(select(func.count()).select_from(Message)) or 0
    Session.commit()
    missing = max(0, number - present)
    began = monotonic()
    texts = (f"Message {n}" for n in range(present + 1, number + 1))
    with click.progressbar(length=missing, label="Writing", hidden=True) as bar:
        while batch := [{"message": text} for text in islice(texts, BATCH)]:
            Session.execute(insert(Message), batch)
            Session.commit()
            bar.hidden = monotonic() - began < 1
            bar.update(len(batch))
    click.echo(f"{missing:,} messages written; there are {present + missing:,}.")
