"""The project as it was made: from its own history, a checkout, or the version that made it."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from . import repository
from .answers import FILE, Answers, digest
from .repository import GitError, git

# A tree that an update leaves, so that the next one finds its base without a download.
REF = "refs/hipflask/made"


class BaseError(RuntimeError):
    """The project as it was made cannot be had again; the text says why and what helps."""


def remake(answers: Answers, project: Path, checkout: Path | None, folder: Path) -> None:
    """Write the project as `hipflask new` made it.

    :param checkout: of the version that made it; used in place of anything else.
    :param folder: is created.
    :raises BaseError: it cannot be had.
    """
    if checkout:
        from_checkout(answers, project, checkout, folder)
    elif not from_history(answers, project, folder):
        from_release(answers, project, folder)


def from_history(answers: Answers, project: Path, folder: Path) -> bool:
    """Take the project from a commit that has it as it was made; tell whether there is one."""
    prefix = repository.prefix(project)
    if prefix is None:
        return False
    try:
        added = git(project, "log", "--diff-filter=A", "--format=%H", "--", FILE).split()
    except GitError:  # there is no commit
        added = []
    for tree in [REF, *(f"{commit}:{prefix.rstrip('/')}" for commit in added)]:
        try:
            check_out(project, tree, folder)
        except GitError:  # there is no such tree, or it cannot be read
            continue
        if digest(folder) == answers.digest:
            return True
        shutil.rmtree(folder)
    return False


def check_out(project: Path, tree: str, folder: Path) -> None:
    """Write a tree of a project's repository to a folder, without a change to the repository."""
    index = {"GIT_INDEX_FILE": str(folder.with_suffix(".index"))}
    top = Path(git(project, "rev-parse", "--show-toplevel").rstrip("\n"))
    git(top, "read-tree", tree, **index)
    folder.mkdir()
    raw = ["-c", "core.autocrlf=false", "-c", "core.eol=lf"]
    git(top, *raw, "checkout-index", "--all", f"--prefix={folder}/", **index)


def from_checkout(answers: Answers, project: Path, checkout: Path, folder: Path) -> None:
    """Let a checkout of Hipflask make the project.

    :raises BaseError: it is no checkout, is another version, or fails.
    """
    source = checkout / "src"
    if not (source / "hipflask/new").is_dir():
        raise BaseError(f"{checkout} is not a checkout of Hipflask.")
    text = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.*)"', text, re.MULTILINE)[:1] or ["unknown"]
    if version != answers.version:
        raise BaseError(
            f"{checkout} has hipflask {version}, but {answers.version} made the project."
        )
    run_new(source, project, folder, f"{checkout} cannot make the project")


def from_release(answers: Answers, project: Path, folder: Path) -> None:
    """Download the version that made the project, and let it do so again.

    :raises BaseError: there is no way to download it, or it does not work here.
    """
    wanted = f"hipflask=={answers.version}"
    package = folder.with_suffix(".package")
    wrong = (
        f"{wanted} made this project and cannot be downloaded. Check that version out, and use "
        "--from CHECKOUT"
    )
    if find_spec("pip"):
        install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    elif uv := shutil.which("uv"):  # whose environments have no pip
        install = [uv, "pip", "install", "--python", sys.executable]
    else:
        raise BaseError(f"{wrong}: there is neither pip nor uv.")
    run([*install, "--quiet", "--no-deps", "--target", str(package), wanted], wrong)
    run_new(package, project, folder, f"{wanted} does not work with what is installed")


def run_new(source: Path, project: Path, folder: Path, wrong: str) -> None:
    """Run the `hipflask.new` of another version.

    :param source: the folder that its package is in.
    """
    script = (
        f"import runpy, sys; sys.path.insert(0, {str(source.resolve())!r}); "
        "runpy.run_module('hipflask.new', run_name='__main__', alter_sys=True)"
    )
    run([sys.executable, "-c", script, str(project), str(folder)], wrong)


def run(command: list[str], wrong: str) -> None:
    """Run a command.

    :raises BaseError: it fails; the last line that it says comes after what is wrong.
    """
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BaseError(f"{wrong}: {said[-1] if said else f'exit code {done.returncode}'}")
