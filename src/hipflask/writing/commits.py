"""Writes changes step by step, and makes a commit of each: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .. import git
from ..git import GitError
from ..project import Change
from .exchange import DirtyTreeError, WriteError, apply, check_clean


@dataclass(frozen=True)
class Commit:
    """What one commit changes.

    :param message: its subject, an empty line, and why.
    :param changes: of the files, from what the commit before left.
    """

    message: str
    changes: Sequence[Change]

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def paths(self) -> list[str]:
        return [change.path for change in self.changes]


def check_committable(root: Path, changes: Sequence[Change]) -> None:
    """Check that commits can be made, and undone.

    :raises WriteError: the folder is in no repository, or that is in the middle of something.
    :raises DirtyTreeError: something in the repository is not committed.
    :raises GitError: git fails.
    """
    if not git.is_tree(root):
        raise WriteError("This is not a git repository, so nothing can be committed in it.")
    if state := git.unfinished(root):
        raise WriteError(f"Git is in the middle of a {state}. Finish it first.")
    check_clean(root, changes)
    top = Path(git.git(root, "rev-parse", "--show-toplevel").rstrip("\n"))
    if changed := sorted(git.uncommitted(top)[0]):
        raise DirtyTreeError(f"Not committed: {', '.join(changed[:5])}. Commit or stash it first.")
    git.git(root, "rev-parse", "--verify", "HEAD")


def apply_as_commits(root: Path, commits: Sequence[Commit]) -> list[str]:
    """Write the changes of each commit and make it, with the hooks of the repository.

    :return: the hash and the subject of each commit.
    :raises WriteError: a file cannot be written, git or a hook fails; all is as it was before.
    :raises KeyboardInterrupt: the run was interrupted; all is as it was before.
    """
    start = git.git(root, "rev-parse", "HEAD").strip()
    made: list[str] = []
    try:
        for commit in commits:
            made.append(f"{_made(root, commit)} {commit.subject}")
    except (GitError, WriteError) as error:
        left = _undo(root, start, commits)
        raise WriteError(
            f"The commit {commits[len(made)].subject!r} failed, and nothing is committed or written. "
            f"{left}Without --commit, the files are written for you to commit:\n{error}"
        ) from error
    except KeyboardInterrupt:
        _undo(root, start, commits)
        raise
    return made


def _made(root: Path, commit: Commit) -> str:
    apply(root, commit.changes)
    git.git(root, "--literal-pathspecs", "add", "--all", "--", *commit.paths)
    return git.commit(root, commit.message)


def _undo(root: Path, start: str, commits: Sequence[Commit]) -> str:
    """Return to the commit of before, and to its files; return what could not be undone.

    :raises WriteError: git fails.
    """
    first = {change.path: change for commit in reversed(commits) for change in commit.changes}
    old = [path for path, change in first.items() if change.before is not None]
    new = [path for path, change in first.items() if change.before is None]
    folders = {parent for path in new for parent in PurePosixPath(path).parents}
    try:
        git.git(root, "reset", "--quiet", "--soft", start)
        git.git(root, "--literal-pathspecs", "reset", "--quiet", start, "--", *first)
        if old:
            git.git(root, "--literal-pathspecs", "checkout", "--quiet", "--", *old)
        for path in new:
            (root / path).unlink(missing_ok=True)
        for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
            with suppress(OSError):  # it is not empty
                (root / folder).rmdir()
        left = sorted(git.uncommitted(root)[0])
    except (GitError, OSError) as error:
        raise WriteError(
            f"A commit failed and could not be undone ({error}). `git reset --hard {start}` "
            "returns to what was before."
        ) from error
    return f"A hook has also changed: {', '.join(left)}. " if left else ""
