"""The git repository of a new project, with its first commit."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path


class GitError(RuntimeError):
    """Git did not do what it was asked; the text is what it said."""


def git(folder: Path, *arguments: str, **settings: str) -> str:
    """Ask git, and return what it prints.

    :param settings: environment variables beside those of this process, of which git's own are
        left out: in a hook they would lead to another repository.
    :raises GitError: it fails.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=kept | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise GitError(done.stderr.strip() or done.stdout.strip())
    return done.stdout


def is_there() -> bool:
    return shutil.which("git") is not None


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
