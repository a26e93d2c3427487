"""Changes of files, and a project to which they are applied in memory."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .files import File, Tree


@dataclass(frozen=True, order=True)
class Change:
    """The content of a file before and after.

    :param path: the file, relative to the project, with forward slashes.
    :param before: its content; None if there was no file.
    :param after: its new content; None if the file is removed.
    """

    path: str
    before: bytes | None
    after: bytes | None


def diff(changes: Iterable[Change], folder: str = "") -> bytes:
    """Return the changes as a unified diff for ``git apply`` and ``patch -p1``.

    :param folder: the folder of the project in its git repository, with a slash at the end. Git
        reads the paths of a diff from the top of the repository, wherever it is applied.
    """
    return b"".join(
        _diff(change, folder + change.path)
        for change in sorted(changes)
        if change.before != change.after
    )


def _diff(change: Change, path: str) -> bytes:
    # A tab ends a name that contains a space; otherwise patch would cut the name there.
    end = "\t" if " " in path else ""
    head = [f"diff --git a/{path} b/{path}\n"]
    if change.before is None:
        head.append("new file mode 100644\n")
    elif change.after is None:
        head.append("deleted file mode 100644\n")
    lines = difflib.unified_diff(
        _lines(change.before),
        _lines(change.after),
        "/dev/null" if change.before is None else f"a/{path}{end}",
        "/dev/null" if change.after is None else f"b/{path}{end}",
    )
    body = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return "".join((*head, *body)).encode("utf-8", "surrogateescape")


def _lines(data: bytes | None) -> list[str]:
    # Each byte stays what it is, in any encoding. Not splitlines(), which also splits at a form
    # feed.
    lines = (data or b"").decode("utf-8", "surrogateescape").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]


class WorkingCopy:
    """A project in memory, to which changes are applied.

    :param tree: the project as it was read.
    """

    def __init__(self, tree: Tree) -> None:
        self._first = tree
        self.tree = tree

    def apply(self, *changes: Change) -> None:
        """Apply further changes."""
        files = dict(self.tree.files)
        for change in changes:
            if change.after is None:
                files.pop(change.path, None)
            else:
                files[change.path] = File(change.path, change.after)
        self.tree = replace(self.tree, files=files)

    @property
    def changes(self) -> list[Change]:
        """The difference to the project as it was read, one change per file."""
        return self.changes_since(self._first)

    def changes_since(self, earlier: Tree) -> list[Change]:
        """Return the difference to an earlier state, one change per file."""
        old, new = earlier.files, self.tree.files
        return [
            Change(path, _data(old.get(path)), _data(new.get(path)))
            for path in sorted({*old, *new})
            if _data(old.get(path)) != _data(new.get(path))
        ]


def _data(file: File | None) -> bytes | None:
    return file.data if file is not None else None
