"""The command ``hipflask`` and its subcommands."""

import click

from .convert.command import convert
from .new.command import new
from .new.updates import diff


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hipflask")
def main() -> None:
    """Flask on plain SQLAlchemy, nothing in between.

    Hipflask creates Flask projects that use SQLAlchemy directly, and takes Flask-SQLAlchemy out of
    existing ones. No project needs it in order to run.
    """


for command in (new, diff, convert):
    main.add_command(command)
