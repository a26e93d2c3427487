"""The command `hipflask diff`: what the starter has gained since a project was made from it.

Copier would do it with a template of its own language, and answers in a file of its own; here the
project is made twice, by the version that it was made with and by this one, and git has the rest.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ..git import GitError, git
from . import repository
from .answers import Answers, AnswersError
from .project import make


class VersionError(RuntimeError):
    """The version that a project was made with cannot be had; the text says why."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def diff(folder: Path) -> None:
    """Show what the starter has gained since the project in FOLDER was made.

    It is a patch, to be applied in three ways, your changes kept: hipflask diff | git apply -3
    """
    try:
        told = Answers.read(folder)
        this = version("hipflask")
        if told.version == this:
            click.echo(f"Nothing: the project is of this version, {this}.", err=True)
            return
        if numbers(told.version) > numbers(this):
            raise VersionError(
                f"The project is of a newer version, {told.version}; this is {this}."
            )
        with TemporaryDirectory(prefix="hipflask-") as passing:
            click.echo(between(told, folder, Path(passing)), nl=False)
    except (AnswersError, VersionError, GitError) as error:
        raise click.ClickException(str(error)) from None


def between(told: Answers, folder: Path, passing: Path) -> str:
    """Return the patch from what made a project to what would make it now.

    :param passing: an empty folder.
    :raises VersionError: the version that it was made with cannot be had.
    """
    then, now = passing / "then", passing / "now"
    make_then(told, folder, then)
    make(replace(told, version=version("hipflask")), now)
    # What the two are made of is put where the project's own git finds it: to merge, it needs the
    # whole of a file, of which a patch has the name.
    prefix, settings = "", {}
    if repository.surrounds(folder):
        prefix = git(folder, "rev-parse", "--show-prefix").strip()
        objects = git(folder, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        settings["GIT_OBJECT_DIRECTORY"] = objects.strip()
    settings["GIT_DIR"] = str(passing / ".git")
    git(passing, "init", "--quiet", **settings)
    trees = []
    for side in (then, now):
        settings |= {
            "GIT_WORK_TREE": str(side),
            "GIT_INDEX_FILE": str(passing / side.name) + ".index",
        }
        git(side, "-c", "core.autocrlf=false", "add", "--all", "--force", ".", **settings)
        trees.append(git(side, "write-tree", **settings).strip())
    sides = [f"--src-prefix=a/{prefix}", f"--dst-prefix=b/{prefix}"]
    return git(
        passing, "diff", "--full-index", "--no-color", "--no-ext-diff", *sides, *trees, **settings
    )


def make_then(told: Answers, folder: Path, made: Path) -> None:
    """Make a project as the version did that it remembers.

    :raises VersionError: pip does not find it, or it does not work here.
    """
    package = made.parent / "package"
    wanted = f"hipflask=={told.version}"
    if find_spec("pip"):
        install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    elif uv := shutil.which("uv"):  # which makes environments without pip
        install = [uv, "pip", "install", "--python", sys.executable]
    else:
        raise VersionError(f"{wanted} cannot be installed: there is neither pip nor uv.")
    target = ["--quiet", "--no-deps", "--target", str(package), wanted]
    run([*install, *target], f"{wanted} cannot be installed")
    script = (
        f"import runpy, sys; sys.path.insert(0, {str(package)!r}); "
        "runpy.run_module('hipflask.new', run_name='__main__', alter_sys=True)"
    )
    run(
        [sys.executable, "-c", script, str(folder), str(made)],
        f"{wanted} does not work with what is installed",
    )


def run(command: list[str], wrong: str) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise VersionError(f"{wrong}: {said[-1] if said else done.returncode}")


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
