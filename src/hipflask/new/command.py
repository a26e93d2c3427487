"""The command `hipflask new`."""

import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import get_args

import click

from ..git import GitError, is_there
from . import repository
from .answers import Answers, DatabaseName
from .names import SINGULAR, InvalidNameError, Names, check_installed
from .project import make

NEXT = """\
cd {folder}
{install}
.venv/bin/flask --app {package} run
"""
# A tenth of the time, and who came by uvx has it.
WITH_UV = "uv venv -q && uv pip install -q -p .venv -r requirements/run.txt -e ."
WITH_PIP = (
    "python3 -m venv .venv && .venv/bin/pip install -qr requirements/run.txt"
    " && .venv/bin/pip install -q --no-deps -e ."
)


@click.command()
@click.argument("path", metavar="NAME", type=click.Path(path_type=Path))
@click.option(
    "--database",
    type=click.Choice(get_args(DatabaseName)),
    default="sqlite",
    show_default=True,
    help="The driver, the servers of the tests, the settings and the README are for this one.",
)
@click.option("--resource", metavar="NOUN", default=SINGULAR, help="In place of `message`: task.")
@click.option("--plural", metavar="NOUN", default="", help="Of a noun like `person`: people.")
@click.option("--git/--no-git", default=True, help="Whether to make a repository of it.")
def new(path: Path, database: DatabaseName, resource: str, plural: str, git: bool) -> None:
    """Make the project NAME: a Flask service on plain SQLAlchemy that is yours.

    NAME may be a path; its last part is the name. Nothing is asked.
    """
    try:
        names = Names(path.name, resource, plural)
        if path.exists() or path.is_symlink():
            raise InvalidNameError(
                f"{path} is there already. Choose another name, or another folder."
            )
        check_installed(names)
        told = Answers(version("hipflask"), path.name, database, names.singular, names.plural)
        remark = make_at_once(told, path, git)
    except InvalidNameError as error:
        raise click.ClickException(str(error)) from None
    except GitError as error:
        raise click.ClickException(f"{error} (--no-git does without.)") from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    click.echo(f"{path} is made{remark}. What to type next:\n", err=True)
    install = WITH_UV if shutil.which("uv") else WITH_PIP
    folder = shlex.quote(str(path))
    click.echo(NEXT.format(folder=folder, install=install, package=names.package), nl=False)


def make_at_once(told: Answers, path: Path, git: bool) -> str:
    """Make a project beside its place and move it there, whole; return what is to be said of it."""
    if git and not is_there():
        git, remark = False, ", without a repository: git is not installed"
    elif git and repository.surrounds(path.parent):
        git, remark = False, ", in the repository that is around it"
    else:
        remark = " and committed" if git else ""
    with passing_folder(path.parent) as passing:
        made = passing / path.name
        make(told, made)
        if git:
            repository.begin(made)
        made.rename(path)
    return remark


@contextmanager
def passing_folder(parent: Path) -> Iterator[Path]:
    """Make a folder that is gone at the end of the ``with``, however it ends."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows has not the second
            signal.signal(getattr(signal, name), end)
    folder = Path(mkdtemp(prefix=".hipflask-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
