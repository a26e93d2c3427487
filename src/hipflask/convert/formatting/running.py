"""Runs the tools of a project on copies of the files that a conversion changes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Iterable, Mapping, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from ...project import Change, Tree
from .settings import FILES
from .tools import Command, find

Texts = dict[str, bytes]


def write(tree: Tree, changes: Iterable[Change], in_order: Set[str]) -> list[Change]:
    """Return the changes of Python files in the format of the project.

    :param tree: the project before the changes.
    :param in_order: the paths of files whose imports must not be sorted.
    """
    edited = [change for change in changes if change.path.endswith(".py") and change.after]
    if not edited:
        return []
    tools = find(tree)
    before = {change.path: change.before for change in edited if change.before is not None}
    after = {change.path: change.after for change in edited if change.after is not None}
    new = {path: text for path, text in after.items() if path not in before}
    with _folder() as name:
        copy = Copy(tree, [*after], Path(name))
        for command in tools.new:
            new = copy.run(command, new)
        old = {path: after[path] for path in before}
        sortable = {path: text for path, text in before.items() if path not in in_order}
        old |= copy.run_first_that_fits(tools.sort, sortable, old)
        old |= copy.run_first_that_fits(tools.format, before, old)
    return [replace(change, after=(old | new)[change.path]) for change in edited]


@contextmanager
def _folder() -> Generator[str]:
    """Create a temporary directory.

    :raises OSError: it cannot be written; the message is meant for the user.
    """
    try:
        with TemporaryDirectory(prefix="hipflask-", ignore_cleanup_errors=True) as name:
            yield name
    except OSError as error:
        raise OSError(f"{gettempdir()}: {error.strerror}. Nothing was written.") from None


class Copy:
    """A directory with the settings of a project and its modules, which are empty.

    Tools that sort imports look for modules.

    :param new: the paths of new modules.
    :param place: an empty directory.
    """

    def __init__(self, tree: Tree, new: Iterable[str], place: Path) -> None:
        self._place = place
        for path in {*new, *(file.path for file in tree.python)}:
            self._write(path, b"")
        for path, file in tree.files.items():
            if Path(path).name in FILES:
                self._write(path, file.data)

    def _write(self, path: str, data: bytes) -> None:
        target = self._place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def run(self, command: Command, texts: Mapping[str, bytes]) -> Texts:
        """Return files as a command leaves them."""
        if not texts:
            return {}
        for path, text in texts.items():
            self._write(path, text)
        subprocess.run(
            [*command, "."],
            cwd=self._place,
            env={**os.environ, "BLACK_CACHE_DIR": str(self._place)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        result = {path: (self._place / path).read_bytes() for path in texts}
        for path in texts:
            self._write(path, b"")
        return result

    def run_first_that_fits(
        self, commands: Iterable[Command], before: Mapping[str, bytes], after: Mapping[str, bytes]
    ) -> Texts:
        """Return files as the first command leaves them that changes nothing in them before.

        :param before: the files before the conversion.
        :param after: the files now.
        """
        result: Texts = {}
        rest = dict(before)
        for command in commands:
            left = self.run(command, rest)
            fitting = {path for path, text in rest.items() if left[path] == text}
            result |= self.run(command, {path: after[path] for path in fitting})
            rest = {path: text for path, text in rest.items() if path not in fitting}
        return result
