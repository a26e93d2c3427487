"""Indexes a project: its modules, their names and its classes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .imports import Imports
from .modules import Assigned, ClassDefined, TopLevel, read
from .names import DEPTH
from .packages import find_roots
from .parallel import map_files
from .syntax import parse, parse_elsewhere
from .values import Class, DatabaseAttribute, Value


@dataclass
class Index(Imports):
    """The modules of a project and what their names mean.

    :param homes: the modules that create a ``db``, with the name of the variable.
    """

    homes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def unread(self) -> list[str]:
        """The files that could not be parsed."""
        return [path for path, top in self.modules.items() if top.error is not None]

    def bases(self, value: Class) -> list[Value]:
        """Return the values of the bases of a class."""
        info = self.class_info(value)
        return [self.evaluate(value.path, base) for base in info.bases] if info else []

    def is_model(self, value: Value, depth: int = 0) -> bool:
        """Return whether a value is a model or ``db.Model`` itself."""
        if value == DatabaseAttribute("Model"):
            return True
        if not isinstance(value, Class) or depth > DEPTH:
            return False
        return any(self.is_model(base, depth + 1) for base in self.bases(value) if base != value)

    def classes(self) -> Iterator[Class]:
        for path, top in self.modules.items():
            for name, bound in top.names.items():
                if isinstance(bound, ClassDefined):
                    yield Class(path, name)

    def mixins(self) -> set[Class]:
        """Return the classes that are not models, but are bases of models only."""
        if not hasattr(self, "_mixins"):
            of_models: set[Class] = set()
            of_others: set[Class] = set()
            for known in self.classes():
                into = of_models if self.is_model(known) else of_others
                into |= {base for base in self.ancestors(known) if not self.is_model(base)}
            self._mixins = of_models - of_others
        return self._mixins

    def has_subclass_with(self, value: Class, name: str) -> bool:
        """Return whether a subclass defines a name."""
        if not hasattr(self, "_bringers"):
            self._bringers: dict[str, set[Class]] = {}
        if name not in self._bringers:
            self._bringers[name] = set()
            for known in self.classes():
                info = self.class_info(known)
                if info is not None and name in info.names:
                    self._bringers[name] |= self.ancestors(known)
        return value in self._bringers[name]

    def ancestors(self, value: Class) -> set[Class]:
        found: set[Class] = set()
        todo = [value]
        while todo:
            for base in self.bases(todo.pop()):
                if isinstance(base, Class) and base not in found and base != value:
                    found.add(base)
                    todo.append(base)
        return found

    def resolution_order(self, value: Class) -> list[Class]:
        """Return the project's classes in the method resolution order of a class."""
        return _merge(self, value, 0)


def _merge(index: Index, value: Class, depth: int) -> list[Class]:
    bases = [base for base in index.bases(value) if isinstance(base, Class)]
    if depth > DEPTH:
        return [value]
    lists = [_merge(index, base, depth + 1) for base in bases] + [bases[:]]
    order = [value]
    while any(lists):
        for candidates in lists:
            if candidates and not any(candidates[0] in other[1:] for other in lists):
                head = candidates[0]
                break
        else:
            head = next(candidates[0] for candidates in lists if candidates)
        order.append(head)
        lists = [[item for item in other if item != head] for other in lists]
    return order


def build_index(
    sources: Iterable[tuple[str, str]],
    libraries: frozenset[str] = frozenset(),
    interpreter: Path | None = None,
) -> Index:
    """Read the module-level names of every module.

    :param sources: paths and texts.
    :param libraries: the top-level names of Python and of installed packages.
    :param interpreter: the project's Python, for what this one cannot parse.
    """
    texts = dict(sources)
    modules: dict[str, TopLevel] = {}
    for top in map_files(read_source, list(texts.items())):
        modules[top.path] = top
    unread = {path: texts[path] for path, top in modules.items() if top.error is not None}
    if interpreter is not None and unread:
        for path in parse_elsewhere(interpreter, unread):
            modules[path] = read(path, parse(unread[path]), unread[path])
    index = Index(modules, find_roots(modules, libraries), libraries)
    for path, top in modules.items():
        for name, bound in top.names.items():
            if isinstance(bound, Assigned) and bound.called:
                value = index.evaluate(path, bound.dotted)
                if index.makes_database(value):
                    index.homes.append((path, name))
    return index


def read_source(source: tuple[str, str]) -> TopLevel:
    """Read the module-level names of a file, given as path and text, or its syntax error."""
    path, text = source
    try:
        return read(path, ast.parse(text), text)
    except SyntaxError as error:
        return TopLevel(path, error=(error.lineno or 0, error.msg))
    except (ValueError, RecursionError) as error:  # NUL bytes; a very deeply nested expression
        return TopLevel(path, error=(0, str(error)))
