"""Finds the ``db`` of a project, and the place for the module that replaces it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ...project import FLASK_SQLALCHEMY, External, Finding, Index, line_number

# The first line of the new module: a project that has one is converted already.
MODULE_DOCSTRING = '"""The database: its engines, and ``Session`` for units of work."""'
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
            f"{name} is one of {len(homes)} SQLAlchemy() objects in this project. Convert "
            "independent folders one by one, or merge the objects into one."
        )
        line = _line_that_makes(name, python[path])
        findings.append(Finding(path, line, "extension", reason))
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


def is_example(path: str) -> bool:
    """Return whether a file is a test or an example, which can have its own ``db``."""
    *folders, file = PurePosixPath(path.lower()).parts
    return EXAMPLE_FILE.match(file) is not None or any(map(EXAMPLE_FOLDER.fullmatch, folders))


def place(home: str, taken: set[str]) -> str:
    """Return the path of the new module, next to the module that created the ``db``.

    :param taken: the existing files and folders.
    """
    folder = PurePosixPath(home).parent
    for name in TAKEN:
        path = str(folder / f"{name}.py")
        if path not in taken and str(folder / name) not in taken:
            return path
    raise ValueError(f"every name of {TAKEN} is taken in {folder}")
