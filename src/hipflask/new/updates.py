"""The command `hipflask diff`: what later versions of the starter add to a project.

The project is made twice, as it was and as it would be made now, and git compares and merges. That
is what Copier does for templates, which would need a language of their own.
"""

import os
import re
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from . import base, changes, merge
from .answers import FILE, Answers, AnswersError
from .base import BaseError
from .changes import Objects, UncommittedError, Update
from .project import make
from .repository import GitError, git


class VersionError(RuntimeError):
    """A newer version made the project."""


@click.command(short_help="Show or merge what newer versions add to a project.")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--apply", is_flag=True, help="Merge the changes into the project's files.")
@click.option(
    "--from",
    "checkout",
    metavar="CHECKOUT",
    type=click.Path(path_type=Path),
    help="A checkout of the version of Hipflask that made the project. Needed only if the "
    "repository does not begin with the project as it was made, and PyPI cannot be reached.",
)
def diff(folder: Path, apply: bool, checkout: Path | None) -> None:
    """Show what this version of Hipflask would make differently in the project in FOLDER.

    FOLDER is the current directory by default. It may be any directory of a project that
    `hipflask new` made.

    The output is a patch without your own changes. Commit them first, then either let
    `hipflask diff --apply` merge it, or pipe it to `git apply -3`. Files that you have renamed are
    found; files that you have deleted are left out and named.
    """
    try:
        project = project_of(folder)
        answers = Answers.read(project)
        with TemporaryDirectory(prefix="hipflask-") as passing:
            update(project, answers, Path(passing).resolve(), apply, checkout)
    except (AnswersError, BaseError, GitError, UncommittedError, VersionError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}.") from None


def project_of(folder: Path) -> Path:
    """Return the project that a folder is in, or the folder if it is in none."""
    folder = folder.resolve()
    return next((path for path in (folder, *folder.parents) if (path / FILE).exists()), folder)


def update(
    project: Path, answers: Answers, passing: Path, apply: bool, checkout: Path | None
) -> None:
    """Show an update of a project, or merge it.

    :param passing: an empty folder for temporary files.
    """
    this = version("hipflask")
    if numbers(answers.version) > numbers(this):
        raise VersionError(f"hipflask {answers.version} made the project; this is {this}.")
    new, made = passing / "new", passing / "made"
    make(replace(answers, version=this), new)
    if Answers.read(new).digest == answers.digest:
        click.echo(f"Nothing to update: hipflask {this} makes the same project.", err=True)
        return
    base.remake(answers, project, checkout, made)
    objects = Objects(project, passing)
    found = changes.find(objects, made, new)
    for note in found.notes:
        click.echo(note, err=True)
    if apply:
        if objects.prefix is None:
            raise UncommittedError("The project is in no git repository. Commit it to one first.")
        labels = merge.Labels(answers.project, f"hipflask {answers.version}", f"hipflask {this}")
        conflicts = merge.apply(project, found.changes, labels)
        git(project, "update-ref", base.REF, objects.tree(new))
        finish(found, conflicts, this)
    else:
        click.echo(patch(objects, found, passing), nl=False)
        remind(project, objects)


def patch(objects: Objects, found: Update, passing: Path) -> str:
    """Return an update as a patch."""
    trees = []
    for side in ("before", "after"):
        folder = passing / side
        folder.mkdir()
        for change in found.changes:
            source: Path | None = getattr(change, side)
            if source:
                path = folder / change.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(source.read_bytes())
                path.chmod(source.stat().st_mode)
        trees.append(objects.tree(folder))
    prefix = objects.prefix or ""
    sides = [f"--src-prefix=a/{prefix}", f"--dst-prefix=b/{prefix}"]
    return objects.git("diff", "--full-index", "--no-color", "--no-ext-diff", *sides, *trees)


def remind(project: Path, objects: Objects) -> None:
    """Warn in a directory where `git apply` would leave files out in silence."""
    if objects.prefix is not None and Path.cwd().is_relative_to(project) and Path.cwd() != project:
        up = os.path.relpath(project)
        click.echo(
            f"Apply it with: hipflask diff | git -C {up} apply -3\n"
            "Here, git would leave out the files of other directories.",
            err=True,
        )


def finish(found: Update, conflicts: list[str], this: str) -> None:
    click.echo(f"Updated {len(found.changes)} files to hipflask {this}.", err=True)
    for path in conflicts:
        click.echo(f"Conflict in {path}: edit the lines from <<<<<<< to >>>>>>>.", err=True)
    if conflicts:
        sys.exit(1)


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
