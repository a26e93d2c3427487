"""A project while it is converted, step by step."""

from __future__ import annotations

from dataclasses import replace

from .findings import Change
from .tree import File, Tree


class Becoming:
    """A project as it becomes, change by change.

    :param tree: as it was read.
    """

    def __init__(self, tree: Tree) -> None:
        self._first = tree
        self.tree = tree

    def take(self, *changes: Change) -> None:
        """Make changes, on top of those before."""
        files = dict(self.tree.files)
        for change in changes:
            if change.after is None:
                files.pop(change.path, None)
            else:
                files[change.path] = File(change.path, change.after)
        self.tree = replace(self.tree, files=files)

    @property
    def changes(self) -> list[Change]:
        """What is different from what was read, one change a file."""
        old, new = self._first.files, self.tree.files
        return [
            Change(path, _data(old.get(path)), _data(new.get(path)))
            for path in sorted({*old, *new})
            if _data(old.get(path)) != _data(new.get(path))
        ]


def _data(file: File | None) -> bytes | None:
    return file.data if file is not None else None
