"""The command ``hipflask``: its parts, each in a folder of its own."""

import click

from .convert.command import convert
from .new.command import new
from .new.updates import diff


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hipflask")
def main() -> None:
    """Flask on plain SQLAlchemy, nothing in between."""


for command in (new, diff, convert):
    main.add_command(command)
