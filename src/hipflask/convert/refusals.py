"""What is refused, and why: where one of these is found, the whole project is left as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import versions
from .findings import Finding
from .homes import is_example
from .index import CONSTRUCTOR, Index
from .modules import FLASK_SQLALCHEMY
from .project import Project
from .reading import Reading
from .rules.functions import MAKES_SESSION
from .rules.imports import LEFT, NAMES
from .scopes import Use
from .settings import Settings, uses
from .source import Source, line_of
from .subclass import INTERNALS
from .tree import Tree
from .values import Class, Database, External

# Libraries that need the extension itself, and for what.
TIED = {
    "flask_alembic": "asks Flask-SQLAlchemy for its engines and metadata",
    "flask_appbuilder": "subclasses Flask-SQLAlchemy",
    "flask_msearch": "hooks Flask-SQLAlchemy's signals",
    "flask_sqlalchemy_caching": "subclasses Flask-SQLAlchemy's query class",
    "flask_user": "asks whether the db is one of Flask-SQLAlchemy",
    "flask_whooshalchemy": "hooks Flask-SQLAlchemy's query class",
    "flask_whooshee": "hooks Flask-SQLAlchemy's query class",
}
SESSION_OPTIONS = {
    "scopefunc": "so the project decides what a session belongs to, and not the app context",
    "class_": "a class of sessions of the project's own",
    "query_cls": "a class of queries of the project's own",
}
# What a session of the extension's own class asks of it.
ASKED_BY_SESSION = frozenset({"_db", "engines", "get_engine", "get_binds"})
SESSIONS = frozenset({"Session", "SignallingSession"})
MODULES = frozenset(
    {FLASK_SQLALCHEMY}
    | {
        f"{FLASK_SQLALCHEMY}.{name}"
        for name in ("extension", "model", "pagination", "query", "record_queries", "session")
    }
    | {f"{FLASK_SQLALCHEMY}.table", f"{FLASK_SQLALCHEMY}.track_modifications"}
)
SIGNALS = re.compile(r"(?:[\w.]+\.)?(?:before[-_])?models[-_]committed")
# In a file without any of these there is nothing to refuse, and it need not be read.
SIGNS = re.compile(
    rf"{FLASK_SQLALCHEMY}|models[-_]committed|SQLAlchemy\("
    rf"|\b(?:{'|'.join(sorted(INTERNALS))})\b"
)


def find(
    tree: Tree, index: Index, project: Project, python: dict[str, str], settings: Settings
) -> list[Finding]:
    """Return what stands in the way of a conversion.

    :param python: the text of each Python file by its path.
    :param settings: how the ``db`` is made.
    """
    if project.sqlalchemy == "1.3":
        return [_too_old(tree, project)]
    if not all(name.isidentifier() for name in project.module.split(".")):
        reason = (
            f"{project.module} cannot be imported by this name. Rename the folder; where it is a "
            "template, convert what is made from it."
        )
        return [Finding(project.home, 0, "extension", reason)]
    found = [
        *settings.findings,
        *_overridden(index, project, python, settings),
        *_of_options(index, project, python, settings),
        *_tied(index, python),
    ]
    for path, text in python.items():
        if index.modules[path].error is None and SIGNS.search(text):
            file = Reading(path, Source(text), ast.parse(text), project)
            found += Reader(file).findings()
    # `self._db.engines` is one place, though it says two things.
    return sorted({(finding.path, finding.line): finding for finding in found}.values())


def _too_old(tree: Tree, project: Project) -> Finding:
    pin = versions.oldest(tree)
    place = (pin.path, pin.line) if pin is not None and pin.path else (project.home, 0)
    reason = "SQLAlchemy 1.3 is too old. Upgrade to 1.4 first, run the tests, convert then."
    return Finding(*place, "versions", reason)


def _overridden(
    index: Index, project: Project, python: dict[str, str], settings: Settings
) -> Iterator[Finding]:
    """Yield the class of the ``db``, where it does more than add methods to the extension's."""
    made = index.modules[project.home].names[project.name]
    value = index.evaluate(project.home, getattr(made, "dotted", ""))
    if not isinstance(value, Class):
        return
    info = index.class_info(value)
    line = info.line if info else 0
    subclass = settings.subclass
    if value.path != project.home or subclass is None:
        reason = (
            f"{value.name} extends the extension outside of {project.home}, where it is used. Move "
            "it there, and convert again."
        )
        yield Finding(value.path, line, "extension", reason)
        return
    override = subclass.overrides
    if override is not None:
        named = f" in {override.name}()" if isinstance(override, ast.FunctionDef) else ""
        internal = ", which is internal to it" if getattr(override, "name", "") in INTERNALS else ""
        reason = (
            f"{value.name} overrides the extension{named}{internal}; what it does there belongs "
            "into the new db.py. Undo it, or write it there after converting with SQLAlchemy() in "
            "its place."
        )
        yield Finding(value.path, override.lineno, "extension", reason)
    for name in _uses_beside(value.name, project, settings, ast.parse(python[project.home])):
        reason = f"{value.name} is used here, too, and will not be there any more. Undo that first."
        yield Finding(project.home, name.lineno, "extension", reason)


def _uses_beside(
    name: str, project: Project, settings: Settings, tree: ast.Module
) -> Iterator[ast.Name]:
    """Yield where a class of the home is used other than to make the ``db``."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and any(
            isinstance(target, ast.Name) and target.id == project.name
            for target in targets(statement)
        ):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                yield node


def _of_options(
    index: Index, project: Project, python: dict[str, str], settings: Settings
) -> Iterator[Finding]:
    """Yield what the new module cannot be given of the options of the ``db``."""
    given = settings.nodes.get("session_options")
    if isinstance(given, ast.Name):
        given = getattr(settings.moved.get(given.id), "value", None)
    for name, node in _items(given):
        if name in SESSION_OPTIONS:
            yield Finding(
                project.home,
                node.lineno,
                "extension",
                f"session_options has a {name}, {SESSION_OPTIONS[str(name)]}. Take it away, "
                "convert again, and put it into the new db.py if it is still needed.",
            )
    for name, statement in settings.imports.items():
        yield from _of_import(name, statement, index, project, python)
    for node, attribute in uses(settings, project.name):
        # It is in one module with the session then.
        if attribute is None or attribute.attr != "session":
            yield Finding(
                project.home,
                node.lineno,
                "extension",
                f"This is needed to make the {project.name}, and asks it for something. Take "
                "what it needs from elsewhere, such as current_app, and convert again.",
            )


def _of_import(
    name: str, node: ast.stmt, index: Index, project: Project, python: dict[str, str]
) -> Iterator[Finding]:
    """Yield a class that is made elsewhere out of what the new module is to hold."""
    if not isinstance(node, ast.ImportFrom):
        return
    path = index.find(project.home, node.module or "", node.level)
    if path is not None and FLASK_SQLALCHEMY in python.get(path, ""):
        yield Finding(
            project.home,
            node.lineno,
            "extension",
            f"{name} is needed to make the {project.name}, and {path}, where it is from, imports "
            f"Flask-SQLAlchemy: the two would import each other. Move {name} into {project.home}, "
            "and convert again.",
        )


def _items(node: ast.AST | None) -> Iterator[tuple[object, ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield key.value, key
            elif key is None:
                yield from _items(value)
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            yield keyword.arg, keyword.value


def _tied(index: Index, python: dict[str, str]) -> Iterator[Finding]:
    """Yield where a project uses a library that needs the extension itself."""
    for path, text in python.items():
        for library, why in TIED.items():
            if library in text and library in _libraries(index, path):
                line = line_of(text, text.find(library))
                reason = f"{library} {why}. Replace it first, and convert again."
                yield Finding(path, line, "extension", reason)


def _libraries(index: Index, path: str) -> set[str]:
    top = index.modules[path]
    imported: Iterable[tuple[str, int]] = (
        *top.imports,
        *((module, level) for module, level, _ in top.from_imports),
    )
    return {module.partition(".")[0] for module, level in imported if not level}


@dataclass
class Reader:
    """Reads one file for what is refused."""

    file: Reading

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each place."""
        for use in self.file.scopes.uses:
            reason = self._reason(use)
            if reason:
                yield Finding(self.file.path, getattr(use.node, "lineno", 0), "extension", reason)

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
                and alias.name not in NAMES
                and not (alias.name in LEFT and self._is_harmless(alias))
                and not self._is_for_types(node)
            ):
                return _of_no_counterpart(f"{alias.name} of {module}")
        return ""

    def _is_harmless(self, alias: ast.alias) -> bool:
        file = self.file
        return alias.name != "DefaultMeta" or all(map(file.is_annotation, file.uses_of(alias)))

    def _is_for_types(self, node: ast.stmt) -> bool:
        parent = self.file.parents.get(id(node))
        return isinstance(parent, ast.If) and "TYPE_CHECKING" in self.file.source.of(parent.test)

    def _attribute(self, node: ast.Attribute, use: Use) -> str:
        owner = self.file.value(node.value, use.scope)
        calls = isinstance(use.parent, ast.Call) and use.parent.func is node
        if node.attr in MAKES_SESSION and owner == Database() and calls:
            return ""  # the new module can do that
        if node.attr in INTERNALS and owner in (Database(), External(CONSTRUCTOR)):
            return _of_internal(node.attr)
        if (
            isinstance(owner, External)
            and owner.name.partition(".")[0] == FLASK_SQLALCHEMY
            and f"{owner.name}.{node.attr}" not in MODULES
            and node.attr not in (*NAMES, "SQLAlchemy")
            and owner.name in MODULES
        ):
            return _of_no_counterpart(f"{node.attr} of {owner.name}")
        if node.attr in ASKED_BY_SESSION and self._is_in_session(use):
            return (
                f"A session of the extension's own class asks it for {node.attr}. Choose the "
                "engine elsewhere, by bind keys, and convert again."
            )
        return ""

    def _is_in_session(self, use: Use) -> bool:
        """Tell whether a place is in a class that extends the extension's session."""
        for scope in use.scope.inside():
            if isinstance(scope.node, ast.ClassDef) and scope.parent is not None:
                for base in scope.node.bases:
                    value = self.file.value(base, scope.parent)
                    if isinstance(value, External) and value.name.startswith(FLASK_SQLALCHEMY):
                        return value.name.rpartition(".")[2] in SESSIONS
        return False

    def _call(self, node: ast.Call, use: Use) -> str:
        file = self.file
        if file.index.makes_database(file.value(node.func, use.scope)) and self._is_anew(use):
            return (
                f"The {file.project.name} is made anew here, while the program runs; "
                f"{file.project.home} makes it once. Make it there only, and convert again."
            )
        strings = [a.value for a in node.args if isinstance(a, ast.Constant)]
        for said in strings:
            if isinstance(said, str) and SIGNALS.fullmatch(said):
                return (
                    f"The signal {said} is looked up by name, which only the extension has. Import "
                    "it (from flask_sqlalchemy.track_modifications), and convert again."
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
        # A test may have a db of its own, but not put it in the place of the project's.
        return any(
            target.id in use.scope.elsewhere
            if isinstance(target, ast.Name)
            else file.value(target, use.scope) == Database()
            for target in given
        )


def targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """Return what an assignment gives a value to."""
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _of_internal(name: str) -> str:
    return (
        f"{name} is internal to the extension, and the new db.py has no such thing. Undo it, and "
        "convert again."
    )


def _of_no_counterpart(what: str) -> str:
    return f"{what} has no counterpart. Do without it, and convert again."
