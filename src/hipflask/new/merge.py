"""Writes an update into a project: all of its files, or none."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .changes import Change
from .repository import GitError


@dataclass(frozen=True)
class Labels:
    """What conflict markers call the three versions of a file."""

    project: str
    before: str
    after: str


def apply(project: Path, changes: list[Change], labels: Labels) -> list[str]:
    """Merge changes into a project's files.

    :returns: the files in which both have changed the same lines, marked there.
    :raises GitError: git cannot merge a file.
    :raises OSError: a file cannot be written; the others are as they were.
    """
    conflicts, results = [], {}
    for change in changes:
        results[change], conflict = merged(project / change.path, change, labels)
        if conflict:
            conflicts.append(change.path)
    with restored_on_failure([project / change.path for change in changes]):
        for change, content in results.items():
            write(project / change.path, change, content)
    return conflicts


def merged(mine: Path, change: Change, labels: Labels) -> tuple[bytes, bool]:
    """Return a file with a change merged into it, and whether the two are in conflict."""
    if change.after is None:
        return b"", False
    if not mine.exists():
        return change.after.read_bytes(), False
    before = change.before or Path(os.devnull)
    names = [labels.project, labels.before, labels.after]
    options = [part for name in names for part in ("-L", name)]
    paths = [str(path.absolute()) for path in (mine, before, change.after)]
    command = ["git", "merge-file", "--stdout", *options, *paths]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if not 0 <= done.returncode < 128:  # up to 127 conflicts
        raise GitError(f"{change.path} cannot be merged: {done.stderr.decode().strip()}")
    return done.stdout, done.returncode > 0


def write(path: Path, change: Change, content: bytes) -> None:
    if change.after is None:
        path.unlink()
        return
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if new:
        shutil.copymode(change.after, path)


@contextmanager
def restored_on_failure(paths: list[Path]) -> Iterator[None]:
    """Put files back as they were if the ``with`` fails or is interrupted."""
    contents = {path: path.read_bytes() if path.exists() else None for path in paths}
    modes = {path: path.stat().st_mode for path in paths if path.exists()}
    try:
        yield
    except BaseException:
        for path, content in contents.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
                path.chmod(modes[path])
        raise
