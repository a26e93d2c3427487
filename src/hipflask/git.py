"""Asks git."""

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
