"""Asks git: for anything, and which files of a project it knows."""

import os
import shutil
import subprocess
from pathlib import Path


class GitError(Exception):
    """Git is not installed, or refuses; the text is fit to be shown."""


def git(folder: Path, *arguments: str, **settings: str) -> str:
    """Ask git, and return what it prints.

    :param settings: environment variables beside those of this process, of which git's own are
        left out: in a hook they would lead to another repository.
    :raises GitError: it is not installed, or refuses.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=kept | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is not installed.") from None
    if done.returncode:
        said = os.fsdecode(done.stderr or done.stdout)
        raise GitError(f"git says: {said.strip()}")
    return os.fsdecode(done.stdout)


def is_there() -> bool:
    """Tell whether git is installed."""
    return shutil.which("git") is not None


def is_tree(root: Path) -> bool:
    """Tell whether a folder is in a git tree."""
    root = root.resolve()
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def files(root: Path) -> list[str]:
    """Return the files under a folder that are committed or could be, relative to it.

    :raises GitError: git is not installed, or refuses.
    """
    return _paths(root, "ls-files", "--cached", "--others", "--exclude-standard")


def uncommitted(root: Path) -> tuple[set[str], set[str]]:
    """Return the changed files under a folder and the untracked ones, relative to it.

    :raises GitError: git is not installed, or refuses.
    """
    changed: set[str] = set()
    for staged in ([], ["--cached"]):
        # What is changed in a submodule is committed there.
        changed |= {
            *_paths(root, "diff", *staged, "--name-only", "--relative", "--ignore-submodules")
        }
    return changed, {*_paths(root, "ls-files", "--others")}


def _paths(root: Path, *arguments: str) -> list[str]:
    return [name for name in git(root, *arguments, "-z").split("\0") if name]
