"""What git knows of a project: which files are its own, and which are not committed."""

from __future__ import annotations

from pathlib import Path

from ..git import git


def is_tree(root: Path) -> bool:
    """Tell whether a folder is in a git tree."""
    root = root.resolve()
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def files(root: Path) -> list[str]:
    """Return the files under a folder that are committed or could be, relative to it.

    :raises GitError: git is not installed, or refuses.
    """
    return _git(root, "ls-files", "--cached", "--others", "--exclude-standard")


def uncommitted(root: Path) -> tuple[set[str], set[str]]:
    """Return the changed files under a folder and the untracked ones, relative to it.

    :raises GitError: git is not installed, or refuses.
    """
    changed: set[str] = set()
    for staged in ([], ["--cached"]):
        # What is changed in a submodule is committed there.
        changed |= {
            *_git(root, "diff", *staged, "--name-only", "--relative", "--ignore-submodules")
        }
    return changed, {*_git(root, "ls-files", "--others")}


def _git(root: Path, *arguments: str) -> list[str]:
    return [name for name in git(root, *arguments, "-z").split("\0") if name]
