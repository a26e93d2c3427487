"""The command `hipflask new`."""

import shlex
import shutil
from importlib.metadata import version
from pathlib import Path

import click

from . import location, repository
from .answers import Answers, DatabaseName
from .databases import ALIASES, DATABASES
from .names import COLUMN, SINGULAR, InvalidNameError, Names, check_installed, column_of
from .project import make
from .repository import GitError

# uv takes a tenth of the time, and whoever runs this by uvx has it.
WITH_UV = "uv venv -q && uv pip install -q -p .venv -r requirements/run.txt -e ."
WITH_PIP = (
    "python3 -m venv .venv && .venv/bin/pip install -qr requirements/run.txt"
    " && .venv/bin/pip install -q --no-deps -e ."
)


@click.command(short_help="Create a Flask project on plain SQLAlchemy.")
@click.argument("path", metavar="NAME", type=click.Path(path_type=Path))
@click.option(
    "--database",
    type=click.Choice(tuple(ALIASES)),
    default="sqlite",
    show_default=True,
    help="The database that the project is written for and tested on.",
)
@click.option(
    "--resource",
    metavar="NOUN",
    default=SINGULAR,
    show_default=True,
    help="What the example resource is called, in the singular: task, order_line.",
)
@click.option(
    "--plural",
    metavar="NOUN",
    default="",
    help="The plural of the resource, for its table and its URL, if the English one is wrong.",
)
@click.option(
    "--field",
    metavar="NAME[:str]",
    default=f"{COLUMN}:str",
    show_default=True,
    help="The column of the example resource: title:str.",
)
@click.option(
    "--git/--no-git",
    default=True,
    show_default=True,
    help="Make a git repository with a first commit.",
)
def new(path: Path, database: str, resource: str, plural: str, field: str, git: bool) -> None:
    """Create the project NAME in a new folder.

    The project is a Flask service on plain SQLAlchemy, with one example resource, migrations and
    tests. All of it is yours to change, and it does not depend on Hipflask.

    NAME may be a path, of which the last part names the project.
    """
    try:
        column = column_of(field)
        names = Names(path.name, resource, plural, column)
        destination = location.outside_checkout(path)
        if destination.exists() or destination.is_symlink():
            raise InvalidNameError(
                f"{destination} already exists. Choose another name or another folder."
            )
        check_installed(names)
        answers = Answers(
            version("hipflask"),
            names.project,
            ALIASES[database],
            names.singular,
            names.plural,
            f"{column}:str",
        )
        done = create(answers, destination, git)
    except InvalidNameError as error:
        raise click.ClickException(str(error)) from None
    except GitError as error:
        raise click.ClickException(f"{error} Use --no-git to create the project alone.") from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    if resource != SINGULAR:
        click.echo(f"The plural of {names.singular} is {names.plural}.", err=True)
    if destination != path:
        click.echo(f"This is a checkout of Hipflask, so {path} goes beside it.", err=True)
    click.echo(f"Created {destination}{done} Next steps:\n", err=True)
    click.echo("\n".join(next_steps(destination, names.package, answers.database)))
    if answers.database != "sqlite":
        title = DATABASES[answers.database].title
        click.echo(f"\nAfter copying .env, write the URL of your {title} database there.", err=True)


def next_steps(folder: Path, package: str, database: DatabaseName) -> list[str]:
    """Return the lines to type after a project was created."""
    lines = [f"cd {shlex.quote(str(folder))}", WITH_UV if shutil.which("uv") else WITH_PIP]
    flask = f".venv/bin/flask --app {package}"
    if database != "sqlite":  # which `flask run` creates by itself
        lines += ["cp .env.example .env", f"{flask} db upgrade"]
    return [*lines, f"{flask} run"]


def create(answers: Answers, path: Path, git: bool) -> str:
    """Make a project elsewhere and move it to its path; return what to say of its repository."""
    with location.folder_for(path) as temporary:
        made = temporary / path.name
        make(answers, made)
        done = "."
        if git and not repository.is_there():
            done = " without a repository: git is not installed."
        elif git and repository.prefix(path.parent) is not None:
            done = " in the git repository around it."
        elif git:
            message = f"Create {answers.project} with Hipflask {answers.version}"
            repository.commit_all(made, message)
            done = " and made the first commit."
        made.rename(path)
    return done
