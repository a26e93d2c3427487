"""Records on disk what a run is writing, so that it can be undone after a crash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where concurrent runs are not detected
    fcntl = None  # type: ignore[assignment]

NAME = ".hipflask-journal"
DONE = "done\n"


@dataclass(frozen=True)
class Step:
    """How one file is changed. All paths are relative to the project.

    :param path: the file.
    :param new: the file that replaces it; None if it is removed.
    :param old: a second name of the old file; None if there was none.
    :param digest: the hash of the new content; a file that differs was edited since.
    """

    path: str
    new: str | None
    old: str | None
    digest: str | None


class RunningError(Exception):
    """Another run is writing to the project."""


class Journal:
    """The steps of one run, and its lock.

    :param root: the folder of the project.
    :raises FileExistsError: an earlier run was interrupted, or is still active.
    """

    def __init__(self, root: Path, mode: str = "x") -> None:
        self.root = root
        self.steps: list[Step] = []
        self.folders: list[str] = []
        self.done = False
        self.file = (root / NAME).open(mode, encoding="utf-8")
        if fcntl is not None:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.file.close()
                raise RunningError from None

    @classmethod
    def open_existing(cls, root: Path) -> Journal:
        """Read the journal of an interrupted run.

        :raises FileNotFoundError: there is none.
        :raises RunningError: the run is still active.
        """
        journal = cls(root, "r+")
        first, _, rest = journal.file.read().partition("\n")
        with contextlib.suppress(ValueError):  # killed before the first line was complete
            listed = json.loads(first)
            journal.folders = listed["folders"]
            journal.steps = [Step(**step) for step in listed["steps"]]
        journal.done = rest == DONE
        return journal

    def begin(self, steps: list[Step], folders: list[str]) -> None:
        """Record the steps that are about to be done.

        :param steps: one for each file.
        :param folders: the folders to create, outer ones first.
        """
        self.steps, self.folders = steps, folders
        listed = {"folders": folders, "steps": [asdict(step) for step in steps]}
        self._say(json.dumps(listed) + "\n")

    def finish(self) -> None:
        """Record that all files are written, so that nothing is undone any more."""
        self._say(DONE)
        self.done = True

    def end(self) -> list[str]:
        """Complete the run or undo it, and remove all temporary files.

        :return: files that were edited since, and were not restored.
        """
        left = [] if self.done else [step.path for step in self.steps if not self._undo(step)]
        for step in self.steps:
            for name in (step.new, step.old):
                if name:
                    (self.root / name).unlink(missing_ok=True)
        if not self.done:
            for folder in reversed(self.folders):
                with contextlib.suppress(OSError):  # it is not empty
                    (self.root / folder).rmdir()
        with contextlib.suppress(OSError):  # the disk is full, which was reported already
            self.file.close()
        (self.root / NAME).unlink()
        return left

    def _undo(self, step: Step) -> bool:
        path = self.root / step.path
        now = digest(path.read_bytes()) if path.exists() else None
        if step.old is None:
            if now == step.digest:
                path.unlink()
            return now in (None, step.digest)
        old = self.root / step.old
        if not old.exists():  # interrupted before this step
            return True
        if now == step.digest:
            os.replace(old, path)
            return True
        return now == digest(old.read_bytes())

    def _say(self, line: str) -> None:
        self.file.write(line)
        self.file.flush()
        os.fsync(self.file.fileno())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
