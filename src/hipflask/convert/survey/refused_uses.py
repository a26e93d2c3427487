"""Finds the uses of the extension in a file that are refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...project import (
    CONSTRUCTOR,
    FLASK_SQLALCHEMY,
    Database,
    External,
    Finding,
    Use,
)
from .constructor import targets
from .extension import IMPORTED_NAMES, KEPT_NAMES, SESSION_FACTORIES, TYPES
from .home import is_example
from .reading import Reading
from .session_class import class_around, is_understood, names_arguments
from .subclass import INTERNALS

# What a subclass of the extension's session may use of the extension.
ASKED_BY_SESSION = frozenset({"_db", "engines", "get_engine", "get_binds"})
MODULES = frozenset(
    {FLASK_SQLALCHEMY}
    | {
        f"{FLASK_SQLALCHEMY}.{name}"
        for name in ("extension", "model", "pagination", "query", "record_queries", "session")
    }
    | {f"{FLASK_SQLALCHEMY}.table", f"{FLASK_SQLALCHEMY}.track_modifications"}
)
SIGNALS = re.compile(r"(?:[\w.]+\.)?(?:before[-_])?models[-_]committed")


def find(file: Reading) -> Iterator[Finding]:
    """Yield a finding for each use of the extension that is refused."""
    return Reader(file).findings()


@dataclass
class Reader:
    """Looks for refused uses in a file."""

    file: Reading

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each place."""
        for use in self.file.scopes.uses:
            reason = self._reason(use)
            if reason:
                line = getattr(use.node, "lineno", 0)
                yield Finding(self.file.path, line, "extension", reason, self._extent(use.node))

    def _extent(self, node: ast.AST) -> str:
        """Return how often the names of an import are used; nothing for anything else."""
        names = node.names if isinstance(node, ast.ImportFrom) else []
        count = sum(len(self.file.uses_of(alias)) for alias in names)
        return f"used in {count} {'place' if count == 1 else 'places'}" if names else ""

    def _reason(self, use: Use) -> str:
        match use.node:
            case ast.ImportFrom():
                return self._import(use.node)
            case ast.Attribute():
                return self._attribute(use.node, use)
            case ast.Call():
                return self._call(use.node, use)
        return ""

    def _import(self, node: ast.ImportFrom) -> str:
        module = node.module or ""
        if node.level:
            return ""
        for alias in node.names:
            if (
                module.partition(".")[0] == FLASK_SQLALCHEMY
                and alias.name not in IMPORTED_NAMES
                and f"{module}.{alias.name}" not in MODULES  # its attributes are looked at
                and not (alias.name in KEPT_NAMES and self._is_harmless(alias))
                and not self.file.is_for_types(node)
            ):
                return _of_no_counterpart(f"{alias.name} of {module}")
        return ""

    def _is_harmless(self, alias: ast.alias) -> bool:
        """Return whether a name stays, or is one of the types that are replaced."""
        file = self.file
        return alias.name not in TYPES or all(map(file.is_type, file.uses_of(alias)))

    def _attribute(self, node: ast.Attribute, use: Use) -> str:
        file = self.file
        owner = self.file.value(node.value, use.scope)
        calls = isinstance(use.parent, ast.Call) and use.parent.func is node
        if node.attr in SESSION_FACTORIES and owner == Database() and calls:
            return ""  # the new module can do that
        if node.attr in INTERNALS and owner in (Database(), External(CONSTRUCTOR)):
            return _of_internal(node.attr)
        if (
            isinstance(owner, External)
            and owner.name.partition(".")[0] == FLASK_SQLALCHEMY
            and f"{owner.name}.{node.attr}" not in MODULES
            and node.attr not in (*IMPORTED_NAMES, "SQLAlchemy")
            and not (node.attr in KEPT_NAMES and self.file.is_type(node))
            and owner.name in MODULES
        ):
            return _of_no_counterpart(f"{node.attr} of {owner.name}")
        session = class_around(use, file) if node.attr in ASKED_BY_SESSION else None
        if session is None:
            return ""
        if names_arguments(session):
            return (
                f"{session.name} extends the extension's session and names its db. Let __init__() "
                "pass on *args and **kwargs, and convert again."
            )
        if file.project.generation == 2 or not (is_understood(node) or is_understood(use.parent)):
            return (
                f"A subclass of the extension's session uses its {node.attr}. Let get_bind() "
                "return self._db.engines[key], as with 3.x, and convert again."
            )
        return ""

    def _call(self, node: ast.Call, use: Use) -> str:
        file = self.file
        if file.index.makes_database(file.value(node.func, use.scope)) and self._is_anew(use):
            return (
                f"This creates the {file.project.name} again at run time; "
                f"{file.project.home} creates it once. Create it only there, and convert "
                "again."
            )
        strings = [a.value for a in node.args if isinstance(a, ast.Constant)]
        for said in strings:
            if isinstance(said, str) and SIGNALS.fullmatch(said):
                return (
                    f"The signal {said} is looked up by name, which works only with the "
                    "extension. Import it (from flask_sqlalchemy.track_modifications), and "
                    "convert again."
                )
        if node.args and file.value(node.args[0], use.scope) in (
            Database(),
            External(CONSTRUCTOR),
        ):
            for said in strings:
                if said in INTERNALS:
                    return _of_internal(str(said))
        return ""

    def _is_anew(self, use: Use) -> bool:
        file, statement = self.file, use.statement
        given = targets(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) else []
        if file.path == file.project.home and use.scope is file.scopes.module and given:
            return False
        if not is_example(file.path):
            return True
        # A test can create its own db, but not assign it to the project's name.
        return any(
            target.id in use.scope.elsewhere
            if isinstance(target, ast.Name)
            else file.value(target, use.scope) == Database()
            for target in given
        )


def _of_internal(name: str) -> str:
    return (
        f"{name} is internal to the extension and has no counterpart in the new db.py. "
        "Remove it, and convert again."
    )


def _of_no_counterpart(what: str) -> str:
    return f"{what} has no counterpart. Remove it, and convert again."
