"""Runs git."""

import os
import shutil
import subprocess
from pathlib import Path


class GitError(Exception):
    """Git is not installed, or fails; the message is meant for the user."""


def git(folder: Path, *arguments: str, **settings: str) -> str:
    """Run git, and return its output.

    :param settings: additional environment variables. Git's own variables are not inherited: in a
        hook they would point to another repository.
    :raises GitError: git is not installed, or fails.
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
    """Return whether git is installed."""
    return shutil.which("git") is not None


def is_tree(root: Path) -> bool:
    """Return whether a folder is in a git repository."""
    root = root.resolve()
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def files(root: Path) -> list[str]:
    """Return the tracked and untracked files in a folder that are not ignored, relative to it.

    :raises GitError: git is not installed, or fails.
    """
    return _paths(root, "ls-files", "--cached", "--others", "--exclude-standard")


def uncommitted(root: Path) -> tuple[set[str], set[str]]:
    """Return the changed and the untracked files in a folder, relative to it.

    :raises GitError: git is not installed, or fails.
    """
    changed: set[str] = set()
    for staged in ([], ["--cached"]):
        # Changes in a submodule are committed there.
        changed |= {
            *_paths(root, "diff", *staged, "--name-only", "--relative", "--ignore-submodules")
        }
    return changed, {*_paths(root, "ls-files", "--others")}


def _paths(root: Path, *arguments: str) -> list[str]:
    return [name for name in git(root, *arguments, "-z").split("\0") if name]
