"""Finds the ``db`` of a project, and the place for the module that replaces it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from ...project import (
    FLASK_SQLALCHEMY,
    Assigned,
    Database,
    DatabaseAttribute,
    External,
    Finding,
    Index,
    line_number,
)

# The first line of the new module: a project that has one is converted already.
MODULE_DOCSTRING = '"""The database: ``Base`` for models, ``Session`` for units of work."""'
TAKEN = ("db", "database", "databases", "sqlalchemy_db", "the_database")
EXAMPLE_FOLDER = re.compile(r"(?:unit|integration|functional|\w*[_-])?tests?|examples?|docs")
EXAMPLE_FILE = re.compile(r"test_|conftest\.py$")
# A library imports the extension, or gets the db from the app that uses it.
OF_OTHERS = re.compile(rf"{FLASK_SQLALCHEMY}|(extensions(?:\.get\(|\[)[\"']sqlalchemy[\"'])")
CALL = re.compile(r"\bSQLAlchemy\(")


def choose(index: Index, python: dict[str, str], findings: list[Finding]) -> tuple[str, str] | None:
    """Return the module that creates the ``db``, and its name there.

    :param python: the text of each Python file by its path.
    :param findings: the reasons are added here if there is none.
    """
    homes = [home for home in index.homes if not is_example(home[0])]
    if not homes:
        if any(text.startswith(MODULE_DOCSTRING) for text in python.values()):
            return None  # converted already; the others belong to tests
        homes = index.homes
    if len(homes) == 1:
        of_others = _of_others(index, python) if is_example(homes[0][0]) else []
        findings += of_others
        return None if of_others else homes[0]
    for path, name in homes:
        reason = (
            f"The project has {len(homes)} SQLAlchemy() objects. Convert the folders of "
            "independent apps one by one; in one app, import one of them instead of the others."
        )
        line = _line_that_makes(name, python[path])
        models = models_of(index, (path, name))
        what = f"{name}, {models} {'model' if models == 1 else 'models'}"
        findings.append(Finding(path, line, "extension", reason, what))
    if not homes:
        findings += _made_elsewhere(index, python)
    return None


def _of_others(index: Index, python: dict[str, str]) -> list[Finding]:
    """Return the places where a library uses a ``db`` that only its tests create."""
    found: list[Finding] = []
    for path, text in python.items():
        imports = any(
            module.partition(".")[0] == FLASK_SQLALCHEMY and not level
            for module, level, _ in index.modules[path].from_imports
        )
        asks = OF_OTHERS.search(text)
        if not is_example(path) and asks is not None and (imports or asks[1]):
            line = line_number(text, asks.start())
            reason = (
                "This is a library that uses the db of other projects; only its tests "
                "create one. Convert those projects instead."
            )
            found.append(Finding(path, line, "extension", reason))
    return found


def _line_that_makes(name: str, text: str) -> int:
    made = re.search(rf"^[ \t]*{name}\b[^=\n]*=", text, re.MULTILINE)
    return line_number(text, made.end()) if made is not None else 0


def _made_elsewhere(index: Index, python: dict[str, str]) -> list[Finding]:
    found: list[Finding] = []
    for path, text in python.items():
        value = index.lookup(path, "db")
        where = value.name.rpartition(".")[0] if isinstance(value, External) else ""
        if where and where.partition(".")[0] != FLASK_SQLALCHEMY:  # `import db` has no package
            line = line_number(text, text.find("import"))
            reason = f"The db comes from {where}, outside this folder. Convert that project."
            found.append(Finding(path, line, "extension", reason))
        call = CALL.search(text) if FLASK_SQLALCHEMY in text else None
        if call is not None:
            line = line_number(text, call.start())
            reason = "SQLAlchemy() is not called at module level. Call it there, once."
            found.append(Finding(path, line, "extension", reason))
    return found


def _collides(name: str, home: str, index: Index) -> bool:
    """Return whether a module of a name next to the ``db`` would hide another, or be hidden by it.

    In a package, the name must not be that of something else there.
    """
    if any(
        module.partition(".")[0] == name and not level
        for top in index.modules.values()
        for module, level in (*top.imports, *((said, dots) for said, dots, _ in top.from_imports))
    ):
        return True
    folder = index.dirname(home)
    package = index.modules.get(f"{folder}/__init__.py" if folder else "__init__.py")
    if package is not None and index.top(home) != folder:
        of_package = index.lookup(package.path, name)
        return name in package.names and of_package != Database()
    # Tests and scripts put their own folder first.
    others = (f"{root}/{name}" if root else name for root in index.roots)
    return name in index.libraries or any(index.file_of(path) is not None for path in others)


def is_example(path: str) -> bool:
    """Return whether a file is a test or an example, which can have its own ``db``."""
    *folders, file = PurePosixPath(path.lower()).parts
    return EXAMPLE_FILE.match(file) is not None or any(map(EXAMPLE_FOLDER.fullmatch, folders))


def place(home: str, taken: set[str], index: Index) -> str:
    """Return the path of the new module, next to the module that created the ``db``.

    :param taken: the existing files and folders.
    """
    folder = PurePosixPath(home).parent
    for name in TAKEN:
        path = str(folder / f"{name}.py")
        is_free = path not in taken and str(folder / name) not in taken
        if is_free and not _collides(name, home, index):
            return path
    raise ValueError(f"every name of {TAKEN} is taken in {folder}")


def models_of(index: Index, home: tuple[str, str]) -> int:
    """Return how many models and tables a ``db`` has."""
    path, name = home
    top = index.modules[path]
    rest = {known: bound for known, bound in top.names.items() if known != name}
    without = Index({**index.modules, path: replace(top, names=rest)}, index.roots, index.libraries)
    return _count(index) - _count(without)


def _count(index: Index) -> int:
    tables = sum(
        index.evaluate(path, bound.dotted) == DatabaseAttribute("Table")
        for path, top in index.modules.items()
        for bound in top.names.values()
        if isinstance(bound, Assigned) and bound.called
    )
    return tables + sum(map(index.is_model, index.classes()))
