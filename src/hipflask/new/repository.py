"""The git repository of a project."""

import getpass
from pathlib import Path

from ..git import GitError, git, is_there

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
    # Git refuses to commit for a user who has not set a name.
    settings: dict[str, str] = {}
    try:
        git(folder, "var", "GIT_AUTHOR_IDENT")
    except GitError:
        me = getpass.getuser()
        for role in ("AUTHOR", "COMMITTER"):
            settings |= {f"GIT_{role}_NAME": me, f"GIT_{role}_EMAIL": f"{me}@localhost"}
    git(folder, "commit", "--quiet", "--no-verify", f"--message={message}", **settings)
