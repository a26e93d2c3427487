"""The git repository of a project."""

from pathlib import Path

from ..git import GitError, git, identity, is_there

__all__ = ["GitError", "commit_all", "git", "is_there", "prefix"]


def prefix(folder: Path) -> str | None:
    """Return where a folder is in its repository, as in ``services/shop/``; ``""`` at its top.

    :returns: ``None`` if the folder is in no repository.
    """
    try:
        if git(folder, "rev-parse", "--is-inside-work-tree").strip() != "true":
            return None
        return git(folder, "rev-parse", "--show-prefix").rstrip("\n")
    except GitError:
        return None


def commit_all(folder: Path, message: str) -> None:
    """Make a repository of a folder, with everything in its first commit.

    :raises GitError: git fails.
    """
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", f"--message={message}", **identity(folder))
