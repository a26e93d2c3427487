"""Which modules import which: what another module asks a module for, and what an import runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from .modules import Imported
from .names import Names
from .packages import join, posix
from .values import Module

LONGEST = 200  # characters of a dotted name
OWNER = re.compile(r"[A-Za-z_][\w.]*\Z")


@dataclass
class Imports(Names):
    """The imports between the modules of a project."""

    _asked: set[tuple[str, str]] = field(default_factory=set)
    _run: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def is_exported(self, path: str, name: str) -> bool:
        """Return whether another module may import a name from this one."""
        return self.is_imported_from(path, name) or PurePosixPath(path).name == "__init__.py"

    def is_imported_from(self, path: str, name: str) -> bool:
        """Return whether another module imports a name from this one, or asks it for the name."""
        return {(path, name), (path, "*")} & self._exports != set() or (path, name) in self._asked

    @cached_property
    def _exports(self) -> set[tuple[str, str]]:
        """The files and the names in them that other modules import."""
        return {
            (found, imported)
            for importer, top in self.modules.items()
            for module, level, names in top.from_imports
            if (found := self.find(importer, module, level, names)) is not None
            for imported in names
        }

    def read_attributes(self, python: Mapping[str, str], names: Iterable[str]) -> None:
        """Find out which modules are asked for a name as an attribute: ``models.db``.

        :param python: the text of each Python file by its path.
        :param names: the names that matter.
        """
        pattern = re.compile(rf"\.({'|'.join(map(re.escape, names))})\b")
        for path, text in python.items():
            asked = {
                (owner[0], found[1])
                for found in pattern.finditer(text)
                if (owner := OWNER.search(text, max(0, found.start() - LONGEST), found.start()))
            }
            for module, name in asked:
                for value in (self.evaluate(path, module), self._imported_inside(path, module)):
                    if isinstance(value, Module):
                        self._asked.add((value.path, name))

    def _imported_inside(self, path: str, name: str) -> Module | None:
        """Return what a name means that is imported inside a function."""
        for module, level, names in self.modules[path].from_imports:
            if name in names:
                value = self.imported(path, module, level, name)
                if isinstance(value, Module):
                    return value
        return None

    def runs(self, path: str, loaded: str = "") -> frozenset[str]:
        """Return the files that importing a file runs, itself among them.

        :param loaded: a file that is imported already, so that it is not run again.
        """
        if (path, loaded) not in self._run:
            found: set[str] = set()
            todo = [path]
            while todo:
                file = todo.pop()
                if file not in found and file in self.modules and file != loaded:
                    found.add(file)
                    todo += [*self.packages_of(file), *self._imported_by(file)]
            self._run[path, loaded] = frozenset(found)
        return self._run[path, loaded]

    def reached(self, paths: Iterable[str], *, submodules: bool) -> frozenset[str]:
        """Return files and what they import, directly or by way of others, in functions too.

        :param submodules: follow ``from package import module`` to the module as well.
        """
        found = {*paths}
        todo = [*found]
        while todo:
            path = todo.pop()
            top = self.modules[path]
            named = [(module, level) for module, level, _ in top.from_imports]
            if submodules:
                named += [
                    (f"{module}.{name}" if module else name, level)
                    for module, level, names in top.from_imports
                    for name in names
                ]
            for module, level in (*top.imports, *named):
                imported = self.find(path, module, level)
                if imported in self.modules and imported not in found:
                    found.add(imported)
                    todo.append(imported)
        return frozenset(found)

    def packages_of(self, path: str) -> list[str]:
        """Return the ``__init__.py`` of each package that a file is in, outermost first."""
        top = PurePosixPath(self.top(path))
        folders = [
            folder
            for folder in PurePosixPath(path).parents
            if folder != top and folder.is_relative_to(top)
        ]
        return [join(posix(folder), "__init__.py") for folder in reversed(folders)]

    def _imported_by(self, path: str) -> Iterator[str]:
        top = self.modules[path]
        for module, level in top.imports:
            found = self.find(path, module, level)
            if found is not None:
                yield found
        for bound in top.names.values():
            if isinstance(bound, Imported) and bound.name is not None:
                value = self.imported(path, bound.module, bound.level, bound.name)
                if isinstance(value, Module):
                    yield value.path
