"""What each name of a project means, across its modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from .modules import FLASK_SQLALCHEMY, Assigned, ClassDefined, Defined, Imported
from .packages import Packages, join, posix
from .values import Class, Database, DatabaseAttribute, External, Module, Value

CONSTRUCTOR = f"{FLASK_SQLALCHEMY}.SQLAlchemy"
DEPTH = 30  # of aliases; a longer chain is a cycle


@dataclass
class Names(Packages):
    """What module-level names mean."""

    _known: dict[tuple[str, str], Value] = field(default_factory=dict)

    def remember(self, path: str, name: str, value: Value) -> None:
        """Set the meaning of a name that is not defined at module level."""
        self._known[path, name] = value

    def lookup(self, path: str, name: str, depth: int = 0) -> Value:
        """Return what a module-level name means."""
        key = (path, name)
        if key in self._known:
            return self._known[key]
        if depth > DEPTH:
            return None
        self._known[key] = None  # a name that is defined by itself
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
                if isinstance(value, DatabaseAttribute) and value.name in ("Table", "MetaData"):
                    return DatabaseAttribute(f"{value.name}()")
                return None
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
            folder = path.rstrip("/") if path.endswith("/") else posix(PurePosixPath(path).parent)
            file = self.file_of(join(folder, name))
            return Module(file) if file is not None else None
        return None

    def imported(
        self, path: str, module: str, level: int, name: str | None, depth: int = 0
    ) -> Value:
        """Return what an import statement imports."""
        file = self.find(path, module, level, () if name is None else (name,))
        if file is None:
            if level:
                return None
            return External(f"{module}.{name}" if name else module)
        if name is None:
            return Module(file)
        return self.lookup(file, name, depth + 1)

    def function(
        self, path: str, dotted: str, local: Mapping[str, tuple[str, int, str]], depth: int = 0
    ) -> tuple[str, str] | None:
        """Return the file and the name of the function of the project that a dotted name means.

        :param local: what is imported where the name is used, as for :meth:`imported`.
        """
        first, _, rest = dotted.partition(".")
        top = self.modules[path]
        if first in local:
            module, level, name = local[first]
        else:
            match top.names.get(first):
                case Defined():
                    return None if rest else (path, first)
                case Imported(module, level, str(name)):
                    pass
                case Imported(module, level, None):
                    value = self.imported(path, module, level, None)
                    file = value.path if isinstance(value, Module) else None
                    return self._function_in(file, rest, depth)
                case _:
                    return None
        value = self.imported(path, module, level, name)
        if isinstance(value, Module):
            return self._function_in(value.path, rest, depth)
        return (
            None
            if rest
            else self._function_in(self.find(path, module, level, (name,)), name, depth)
        )

    def _function_in(self, file: str | None, name: str, depth: int) -> tuple[str, str] | None:
        if file is None or file not in self.modules or not name or depth > DEPTH:
            return None
        return self.function(file, name, {}, depth + 1)

    def evaluate(self, path: str, dotted: str, depth: int = 0) -> Value:
        """Return what a dotted name means at module level."""
        if not dotted or depth > DEPTH:
            return None
        first, *rest = dotted.split(".")
        return self.resolve_attributes(self.lookup(path, first, depth + 1), rest, depth)

    def resolve_attributes(self, value: Value, attributes: Iterable[str], depth: int = 0) -> Value:
        """Return the value of a chain of attributes."""
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
        """Return whether calling a value creates a ``db``."""
        if value == External(CONSTRUCTOR):
            return True
        return isinstance(value, Class) and self.is_extension_subclass(value)

    def is_extension_subclass(self, value: Class, depth: int = 0) -> bool:
        """Return whether a class is a subclass of ``SQLAlchemy``."""
        info = self.class_info(value)
        if info is None or depth > DEPTH:
            return False
        for base in info.bases:
            found = self.evaluate(value.path, base)
            if found == External(CONSTRUCTOR) or (
                isinstance(found, Class) and self.is_extension_subclass(found, depth + 1)
            ):
                return True
        return False

    def is_class(self, path: str, name: str) -> bool:
        return isinstance(self.modules[path].names.get(name), ClassDefined)

    def class_info(self, value: Class) -> ClassDefined | None:
        info = self.modules[value.path].names.get(value.name)
        return info if isinstance(info, ClassDefined) else None
