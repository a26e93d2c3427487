"""What a write is doing to a project, on disk, so that it can be undone after any end of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where two runs at once are not told apart
    fcntl = None  # type: ignore[assignment]

NAME = ".hipflask-journal"
DONE = "done\n"


@dataclass(frozen=True)
class Step:
    """How one file is changed. All paths are relative to the project.

    :param path: the file.
    :param new: the file that takes its place; None where it is to go.
    :param old: a second name of what it was; None where there was no file.
    :param digest: of what is written: what differs from it was written by another.
    """

    path: str
    new: str | None
    old: str | None
    digest: str | None


class RunningError(Exception):
    """Another run is writing to the project."""


class Journal:
    """The steps of one write, and the lock that says that it is at work.

    :param root: the folder of the project.
    :raises FileExistsError: a run before was cut off, or is still at work.
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
    def left_by(cls, root: Path) -> Journal:
        """Read the journal that a run left.

        :raises FileNotFoundError: none did.
        :raises RunningError: the run is still at work.
        """
        journal = cls(root, "r+")
        first, _, rest = journal.file.read().partition("\n")
        with contextlib.suppress(ValueError):  # killed before the first line was whole
            listed = json.loads(first)
            journal.folders = listed["folders"]
            journal.steps = [Step(**step) for step in listed["steps"]]
        journal.done = rest == DONE
        return journal

    def begin(self, steps: list[Step], folders: list[str]) -> None:
        """Put on disk what is about to be made.

        :param steps: one for each file.
        :param folders: those that are not there yet, the outer before the inner.
        """
        self.steps, self.folders = steps, folders
        listed = {"folders": folders, "steps": [asdict(step) for step in steps]}
        self._say(json.dumps(listed) + "\n")

    def finish(self) -> None:
        """Put on disk that every file has its new text: from here on nothing is undone."""
        self._say(DONE)
        self.done = True

    def end(self) -> list[str]:
        """Leave the project with all of its new texts, or all of its old ones, and no trace.

        :return: files that another wrote since, and that are left as they are.
        """
        left = [] if self.done else [step.path for step in self.steps if not self._undo(step)]
        for step in self.steps:
            for name in (step.new, step.old):
                if name:
                    (self.root / name).unlink(missing_ok=True)
        if not self.done:
            for folder in reversed(self.folders):
                with contextlib.suppress(OSError):  # another put something in it
                    (self.root / folder).rmdir()
        with contextlib.suppress(OSError):  # the disk is full, and this is no news
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
        if not old.exists():  # cut off before it was reached
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
