"""What each name of a project means, across its modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from . import work
from .modules import (
    FLASK_SQLALCHEMY,
    Assigned,
    ClassDefined,
    Imported,
    TopLevel,
    read,
)
from .values import Class, Database, DatabaseAttribute, External, Module, Value

CONSTRUCTOR = f"{FLASK_SQLALCHEMY}.SQLAlchemy"
DEPTH = 30  # of names for names; further on it is a circle


@dataclass
class Index:
    """The modules of a project and what their names mean.

    :param modules: the top of each by its path.
    :param homes: the modules that make the ``db``, with the name that they give it.
    """

    modules: dict[str, TopLevel]
    roots: tuple[str, ...] = ("",)
    homes: list[tuple[str, str]] = field(default_factory=list)
    _known: dict[tuple[str, str], Value] = field(default_factory=dict)

    # Modules, by what an import says

    def find(self, importer: str, module: str, level: int) -> str | None:
        """Return the file of a module, as a module of the project imports it."""
        found = self.find_with_root(importer, module, level)
        return found[0] if found else None

    def find_with_root(self, importer: str, module: str, level: int) -> tuple[str, str] | None:
        """Return the file of a module, and the folder that its dotted name starts from."""
        name = module.replace(".", "/")
        if level:
            folder = PurePosixPath(importer)
            for _ in range(level):
                folder = folder.parent
            path = self._file(_join(_posix(folder), name))
            return (path, "") if path is not None else None
        here = _posix(PurePosixPath(importer).parent)
        top = PurePosixPath(self.top(importer))
        # A test, or a blueprint, imports what is beside its folder: the app is run from there.
        above = [_posix(folder) for folder in (top, *top.parents)]
        for root in dict.fromkeys((*above, *self.roots, here)):
            path = self._file(_join(root, name))
            # A folder beside it must not take the name of a package that is installed.
            if path is not None and not (path.endswith("/") and root == here != ""):
                return path, root
        return None

    def know(self, path: str, name: str, value: Value) -> None:
        """Remember what a name means that is not at the top of its module."""
        self._known[path, name] = value

    def dirname(self, path: str) -> str:
        return _posix(PurePosixPath(path).parent)

    def top(self, path: str) -> str:
        """Return the folder in which the outermost package of a file is."""
        folder = PurePosixPath(path).parent
        while _join(_posix(folder), "__init__.py") in self.modules and _posix(folder):
            folder = folder.parent
        return _posix(folder)

    def root_of(self, path: str) -> str:
        """Return the folder that the dotted name of a file starts from, as others import it."""
        if self.top(path) != self.dirname(path):
            return self.top(path)
        for importer, top in self.modules.items():
            for module, level, _ in top.from_imports:
                if not level and path.endswith(f"{module.replace('.', '/')}.py"):
                    found = self.find_with_root(importer, module, 0)
                    if found is not None and found[0] == path:
                        return found[1]
        return self.top(path)

    def _file(self, stem: str) -> str | None:
        for path in (f"{stem}/__init__.py" if stem else "__init__.py", f"{stem}.py"):
            if path in self.modules:
                return path
        # A package without an __init__.py has no file, but modules.
        return f"{stem}/" if stem and stem in self._folders else None

    @property
    def _folders(self) -> set[str]:
        if not hasattr(self, "_folder_set"):
            self._folder_set = {
                _posix(parent) for path in self.modules for parent in PurePosixPath(path).parents
            }
        return self._folder_set

    # Names

    def lookup(self, path: str, name: str, depth: int = 0) -> Value:
        """Return what a name means at the top of a module."""
        key = (path, name)
        if key in self._known:
            return self._known[key]
        if depth > DEPTH:
            return None
        self._known[key] = None  # a name that is asked for itself
        value = self._known[key] = self._lookup(path, name, depth)
        return value

    def _lookup(self, path: str, name: str, depth: int) -> Value:
        if path.endswith("/"):
            return self._submodule(path, name)
        top = self.modules[path]
        match top.names.get(name):
            case Imported(module, level, imported):
                return self.imported(path, module, level, imported, depth)
            case Assigned(dotted, called):
                value = self.evaluate(path, dotted, depth + 1)
                if not called:
                    return value
                if self.makes_database(value):
                    return Database()
                if isinstance(value, External):
                    return External(f"{value.name}()")
                return DatabaseAttribute("Table()") if value == DatabaseAttribute("Table") else None
            case ClassDefined():
                return Class(path, name)
            case None:
                for module, level in top.stars:
                    found = self.imported(path, module, level, name, depth)
                    if found is not None and not isinstance(found, External):
                        return found
                return self._submodule(path, name)
        return None

    def _submodule(self, path: str, name: str) -> Value:
        if PurePosixPath(path).name == "__init__.py" or path.endswith("/"):
            folder = path.rstrip("/") if path.endswith("/") else _posix(PurePosixPath(path).parent)
            file = self._file(_join(folder, name))
            return Module(file) if file is not None else None
        return None

    def imported(
        self, path: str, module: str, level: int, name: str | None, depth: int = 0
    ) -> Value:
        """Return what an import of a module brings."""
        file = self.find(path, module, level)
        if file is None:
            if level:
                return None
            return External(f"{module}.{name}" if name else module)
        if name is None:
            return Module(file)
        return self.lookup(file, name, depth + 1)

    def evaluate(self, path: str, dotted: str, depth: int = 0) -> Value:
        """Return what a dotted name means at the top of a module."""
        if not dotted or depth > DEPTH:
            return None
        first, *rest = dotted.split(".")
        return self.follow(self.lookup(path, first, depth + 1), rest, depth)

    def follow(self, value: Value, attributes: Iterable[str], depth: int = 0) -> Value:
        """Return what is reached from a value by its attributes."""
        for attribute in attributes:
            match value:
                case Database():
                    value = DatabaseAttribute(attribute)
                case DatabaseAttribute(name):
                    value = DatabaseAttribute(f"{name}.{attribute}")
                case Module(path):
                    value = self.lookup(path, attribute, depth + 1)
                case External(name):
                    value = External(f"{name}.{attribute}")
                case _:
                    return None
        return value

    def makes_database(self, value: Value) -> bool:
        """Tell whether calling it makes the ``db``."""
        if value == External(CONSTRUCTOR):
            return True
        return isinstance(value, Class) and self.extends_extension(value)

    def extends_extension(self, value: Class, depth: int = 0) -> bool:
        """Tell whether a class is a subclass of the extension."""
        info = self.class_info(value)
        if info is None or depth > DEPTH:
            return False
        for base in info.bases:
            found = self.evaluate(value.path, base)
            if found == External(CONSTRUCTOR) or (
                isinstance(found, Class) and self.extends_extension(found, depth + 1)
            ):
                return True
        return False

    # Classes

    def is_class(self, path: str, name: str) -> bool:
        return isinstance(self.modules[path].names.get(name), ClassDefined)

    def class_info(self, value: Class) -> ClassDefined | None:
        info = self.modules[value.path].names.get(value.name)
        return info if isinstance(info, ClassDefined) else None

    def bases(self, value: Class) -> list[Value]:
        """Return what the bases of a class are."""
        info = self.class_info(value)
        return [self.evaluate(value.path, base) for base in info.bases] if info else []

    def is_model(self, value: Value, depth: int = 0) -> bool:
        """Tell whether it is a model or ``db.Model`` itself."""
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
        """Return the classes that are no models, but bases of models only."""
        if not hasattr(self, "_mixins"):
            of_models: set[Class] = set()
            of_others: set[Class] = set()
            for known in self.classes():
                into = of_models if self.is_model(known) else of_others
                into |= {base for base in self.ancestors(known) if not self.is_model(base)}
            self._mixins = of_models - of_others
        return self._mixins

    def has_descendant_with(self, value: Class, name: str) -> bool:
        """Tell whether a subclass binds a name."""
        if not hasattr(self, "_bringers"):
            self._bringers: dict[str, set[Class]] = {}
        if name not in self._bringers:
            self._bringers[name] = set()
            for known in self.classes():
                info = self.class_info(known)
                if info is not None and name in info.names:
                    self._bringers[name] |= self.ancestors(known)
        return value in self._bringers[name]

    def is_exported(self, path: str, name: str) -> bool:
        """Tell whether another module may get a name from this one."""
        return self.is_imported_from(path, name) or PurePosixPath(path).name == "__init__.py"

    def is_imported_from(self, path: str, name: str) -> bool:
        """Tell whether another module imports a name from this one."""
        if not hasattr(self, "_exports"):
            self._exports: set[tuple[str, str]] = set()
            for importer, top in self.modules.items():
                for module, level, names in top.from_imports:
                    found = self.find(importer, module, level)
                    if found is not None:
                        self._exports |= {(found, imported) for imported in names}
        return (path, name) in self._exports or (path, "*") in self._exports

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
        """Return the classes of the project that Python asks for an attribute, in its order."""
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


def build(sources: Iterable[tuple[str, str]]) -> Index:
    """Read the top of every module.

    :param sources: paths and texts.
    """
    modules: dict[str, TopLevel] = {}
    for top in work.each(read_source, list(sources)):
        modules[top.path] = top
    index = Index(modules, _roots(modules))
    for path, top in modules.items():
        for name, bound in top.names.items():
            if isinstance(bound, Assigned) and bound.called:
                value = index.evaluate(path, bound.dotted)
                if index.makes_database(value):
                    index.homes.append((path, name))
    return index


def read_source(source: tuple[str, str]) -> TopLevel:
    """Read the top of a module, which is its path and its text, or say why that cannot be done."""
    path, text = source
    try:
        return read(path, ast.parse(text), text)
    except SyntaxError as error:
        return TopLevel(path, error=(error.lineno or 0, error.msg))
    except (ValueError, RecursionError) as error:  # NUL bytes; an expression without end
        return TopLevel(path, error=(0, str(error)))


def _roots(modules: dict[str, TopLevel]) -> tuple[str, ...]:
    """Return the folders that imports may start from: the project, ``src`` and the like."""
    roots = {"": None}
    for path in modules:
        folder = PurePosixPath(path).parent
        if f"{_posix(folder)}/__init__.py" in modules or not _posix(folder):
            while f"{_posix(folder)}/__init__.py" in modules:
                folder = folder.parent
            roots[_posix(folder)] = None
    if any(path.startswith("src/") for path in modules):
        roots["src"] = None
    # A folder whose own modules import each other by their bare names is where the app is run.
    for path, top in modules.items():
        folder = PurePosixPath(path).parent
        if f"{_posix(folder)}/__init__.py" not in modules and any(
            f"{_posix(folder)}/{module.replace('.', '/')}.py" in modules
            for module, level in top.imports
            if not level
        ):
            roots[_posix(folder)] = None
    return tuple(roots)


def _posix(path: PurePosixPath) -> str:
    text = str(path)
    return "" if text == "." else text


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def table_name(class_name: str, generation: int) -> str:
    """Return the name that Flask-SQLAlchemy gives the table of a model.

    :param generation: 2 or 3; they differ for runs of capitals.
    """
    if generation >= 3:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<!^)(?=[A-Z][a-z])", "_", class_name)
        return words.lower().lstrip("_")

    def word(match: re.Match[str]) -> str:
        before, last = match.groups()
        return (f"_{before}_{last}" if before else f"_{last}").lower()

    # Capitals at the end stay capitals: that is how the table is called.
    return re.sub(r"([A-Z]*)([A-Z])(?=[a-z0-9])", word, class_name).lstrip("_")
