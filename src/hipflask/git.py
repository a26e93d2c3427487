"""Runs git."""

import getpass
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from . import interrupts


class GitError(Exception):
    """Git is not installed, or fails; the message is meant for the user."""


def git(folder: Path, *arguments: str, **settings: str) -> str:
    """Run git, and return its output.

    :param settings: additional environment variables.
    :raises GitError: git is not installed, or fails.
    """
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=_environment() | settings,
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


def _environment() -> dict[str, str]:
    """Return the environment without git's own variables.

    In a hook they would point to another repository.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def identity(folder: Path) -> dict[str, str]:
    """Return the settings that name the author of a commit; git has none if no name is configured.

    What the environment names wins, and the name of the account is used if nothing is configured.
    """
    settings: dict[str, str] = {}
    me = getpass.getuser()
    for role in ("AUTHOR", "COMMITTER"):
        asked = {name: f"GIT_{role}_{name}" for name in ("NAME", "EMAIL")}
        settings |= {name: os.environ[name] for name in asked.values() if name in os.environ}
        try:
            git(folder, "var", f"GIT_{role}_IDENT", **settings)
        except GitError:
            settings |= {asked["NAME"]: me, asked["EMAIL"]: f"{me}@localhost"}
    return settings


def commit(folder: Path, message: str) -> str:
    """Commit what is staged, with the hooks of the repository; return the short hash.

    :raises GitError: git fails, or a hook does.
    :raises KeyboardInterrupt: the run was interrupted; the hooks have ended.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        with interrupts.deferred():  # a signal must not arrive before `process` is assigned
            process = subprocess.Popen(
                ["git", "commit", "--quiet", f"--message={message}"],
                cwd=folder,
                env=_environment() | identity(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that a hook and what it runs can be ended too
            )
        said, _ = process.communicate()
    except KeyboardInterrupt:
        if process is not None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGTERM)  # which lets git remove its lock
            process.communicate()
        raise
    if process.returncode:
        raise GitError(os.fsdecode(said).strip() or "A commit hook failed and said nothing.")
    return git(folder, "rev-parse", "--short", "HEAD").strip()


def is_there() -> bool:
    """Return whether git is installed."""
    return shutil.which("git") is not None


def is_tree(root: Path) -> bool:
    """Return whether a folder is in a git repository."""
    return top(root) is not None


def top(folder: Path) -> Path | None:
    """Return the top of the git repository that a folder is in, or None."""
    folder = folder.resolve()
    return next((f for f in (folder, *folder.parents) if (f / ".git").exists()), None)


def prefix(folder: Path) -> str:
    """Return the path of a folder in its git repository, with a slash at the end; "" at the top."""
    above = top(folder)
    inner = "." if above is None else folder.resolve().relative_to(above).as_posix()
    return "" if inner == "." else f"{inner}/"


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


def unfinished(root: Path) -> str | None:
    """Return what the repository is in the middle of, as in "merge"; None if it is at rest."""
    states = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert",
              "rebase-merge": "rebase", "rebase-apply": "rebase", "BISECT_LOG": "bisect"}  # fmt: skip
    for name, state in states.items():
        if (root / git(root, "rev-parse", "--git-path", name).rstrip("\n")).exists():
            return state
    return None


def _paths(root: Path, *arguments: str) -> list[str]:
    return [name for name in git(root, *arguments, "-z").split("\0") if name]
