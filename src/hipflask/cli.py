"""The command ``hipflask``: its parts, each in a folder of its own."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hipflask")
def main() -> None:
    """Flask on plain SQLAlchemy, nothing in between."""
