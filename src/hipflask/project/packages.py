"""Which file of a project an import means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from .modules import TopLevel


@dataclass
class Packages:
    """The modules of a project, by file and by dotted name.

    :param modules: the module-level names of each module, by its path.
    :param roots: the folders that imports may start from.
    :param libraries: the top-level names of Python and of installed packages.
    """

    modules: dict[str, TopLevel]
    roots: tuple[str, ...] = ("",)
    libraries: frozenset[str] = frozenset()

    def find(self, importer: str, module: str, level: int, names: Iterable[str] = ()) -> str | None:
        """Return the file that an import in another file means.

        :param names: the names that are imported from it.
        """
        found = self.find_module_and_root(importer, module, level, names)
        return found[0] if found else None

    def find_module_and_root(
        self, importer: str, module: str, level: int, names: Iterable[str] = ()
    ) -> tuple[str, str] | None:
        """Return the file of a module, and the folder that it is imported from.

        :param names: the names that are imported from it.
        """
        name = module.replace(".", "/")
        if level:
            folder = PurePosixPath(importer)
            for _ in range(level):
                folder = folder.parent
            path = self.file_of(join(posix(folder), name))
            return (path, "") if path is not None else None
        here = posix(PurePosixPath(importer).parent)
        top = PurePosixPath(self.top(importer))
        # A test or a blueprint can import from the folder above its own, where the app is run.
        above = [posix(folder) for folder in (top, *top.parents)]
        is_known = module.partition(".")[0] in self.libraries
        for root in dict.fromkeys((*above, *self.roots, here)):
            path = self.file_of(join(root, name))
            if path is None or path == importer:  # a module does not import itself
                continue
            # A folder without __init__.py must not hide an installed package.
            if path.endswith("/") and (is_known or root == here != ""):
                continue
            # Nor must a module that is called like it, or what is in a package.
            inside = join(root, "__init__.py") in self.modules
            if is_known and (inside or not names):
                continue
            if (is_known or inside) and not self._defines(path, names):
                continue
            return path, root
        return None

    def _defines(self, path: str, names: Iterable[str]) -> bool:
        """Return whether a module has the names that are imported from it."""
        top = self.modules[path]
        folder = path.removesuffix("__init__.py")
        return all(
            name in top.names
            or name == "*"
            or bool(top.stars)
            or (folder != path and self.file_of(f"{folder}{name}") is not None)
            for name in names
        )

    def dirname(self, path: str) -> str:
        return posix(PurePosixPath(path).parent)

    def top(self, path: str) -> str:
        """Return the folder that contains the outermost package of a file."""
        folder = PurePosixPath(path).parent
        while join(posix(folder), "__init__.py") in self.modules and posix(folder):
            folder = folder.parent
        return posix(folder)

    def root_of(self, path: str) -> str:
        """Return the folder from which other files import a file."""
        if self.top(path) != self.dirname(path):
            return self.top(path)
        return self._imported_from.get(path, self.top(path))

    @cached_property
    def _imported_from(self) -> dict[str, str]:
        """The folder from which a file is first imported."""
        folders: dict[str, str] = {}
        for importer, top in self.modules.items():
            for module, level, names in top.from_imports:
                found = None if level else self.find_module_and_root(importer, module, 0, names)
                if found is not None:
                    folders.setdefault(*found)
        return folders

    def module_name(self, path: str) -> str:
        """Return the dotted name by which other files import a file."""
        return dotted_name(path, self.root_of(path))

    def file_of(self, stem: str) -> str | None:
        for path in (f"{stem}/__init__.py" if stem else "__init__.py", f"{stem}.py"):
            if path in self.modules:
                return path
        # A namespace package has modules, but no file.
        return f"{stem}/" if stem and stem in self._folders else None

    @cached_property
    def _folders(self) -> set[str]:
        return {posix(parent) for path in self.modules for parent in PurePosixPath(path).parents}


def find_roots(modules: dict[str, TopLevel], libraries: frozenset[str]) -> tuple[str, ...]:
    """Return the folders that modules can be imported from: the project, ``src`` and the like.

    :param libraries: the top-level names of Python and of installed packages.
    """
    roots = {"": None}
    for path in modules:
        folder = PurePosixPath(path).parent
        if f"{posix(folder)}/__init__.py" in modules or not posix(folder):
            while f"{posix(folder)}/__init__.py" in modules:
                folder = folder.parent
            roots[posix(folder)] = None
    if any(path.startswith("src/") for path in modules):
        roots["src"] = None
    # If the modules of a folder import each other by bare names, the app is run there.
    for path, top in modules.items():
        folder = PurePosixPath(path).parent
        if f"{posix(folder)}/__init__.py" not in modules and any(
            f"{posix(folder)}/{module.replace('.', '/')}.py" in modules
            for module, level in top.imports
            if not level and module.partition(".")[0] not in libraries
        ):
            roots[posix(folder)] = None
    return tuple(roots)


def posix(path: PurePosixPath) -> str:
    text = str(path)
    return "" if text == "." else text


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def dotted_name(path: str, root: str) -> str:
    """Return the dotted name of a module, relative to a folder."""
    stem = path[: -len("/__init__.py")] if path.endswith("/__init__.py") else path[:-3]
    if root and stem.startswith(f"{root}/"):
        stem = stem[len(root) + 1 :]
    return stem.replace("/", ".")
