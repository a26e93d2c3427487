"""The git repository of a new project, with its first commit."""

import getpass
from pathlib import Path

from ..git import GitError, git


def surrounds(folder: Path) -> bool:
    """Tell whether a folder is in a repository already."""
    try:
        return git(folder, "rev-parse", "--is-inside-work-tree").strip() == "true"
    except GitError:
        return False


def begin(folder: Path) -> None:
    """Make a repository of a folder, with everything in its first commit.

    :raises GitError: git fails.
    """
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    # Where git has not been told who its user is, it would refuse.
    settings: dict[str, str] = {}
    try:
        git(folder, "var", "GIT_AUTHOR_IDENT")
    except GitError:
        me = getpass.getuser()
        for role in ("AUTHOR", "COMMITTER"):
            settings |= {f"GIT_{role}_NAME": me, f"GIT_{role}_EMAIL": f"{me}@localhost"}
    git(folder, "commit", "--quiet", "--no-verify", "--message=Begin", **settings)
