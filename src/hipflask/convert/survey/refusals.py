"""Finds what the converter refuses; one finding is enough to refuse the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from ...project import (
    FLASK_SQLALCHEMY,
    Class,
    External,
    Finding,
    Index,
    Source,
    Tree,
    dotted,
    line_number,
    parse,
    pin_before_1_4,
    pins,
    statements,
)
from . import moving, refused_uses, subclass
from .constructor import Constructor, targets, uses
from .project import Project
from .reading import Reading
from .session_class import own_session
from .subclass import INTERNALS

# Libraries that need the extension itself, and for what.
UNSUPPORTED_LIBRARIES = {
    "flask_appbuilder": "subclasses Flask-SQLAlchemy",
    "flask_msearch": "hooks Flask-SQLAlchemy's signals",
    "flask_sqlalchemy_caching": "subclasses Flask-SQLAlchemy's query class",
    "flask_user": "checks that the db is Flask-SQLAlchemy's",
    "flask_whooshalchemy": "hooks Flask-SQLAlchemy's query class",
    "flask_whooshee": "hooks Flask-SQLAlchemy's query class",
}
SESSION_OPTIONS = {
    "scopefunc": "which ties sessions to something other than the app context",
    "class_": "a session class of the project's own",
    "query_cls": "a query class of the project's own",
}
# A file without any of these contains nothing to refuse, and is not parsed.
RELEVANT = re.compile(
    rf"{FLASK_SQLALCHEMY}|models[-_]committed|SQLAlchemy\("
    rf"|\b(?:{'|'.join(sorted(INTERNALS))})\b"
)


def find(
    tree: Tree, index: Index, project: Project, python: dict[str, str], settings: Constructor
) -> list[Finding]:
    """Return the reasons to refuse a project.

    :param python: the text of each Python file by its path.
    :param settings: how the ``db`` is created.
    """
    if project.sqlalchemy == "1.3":
        return [_too_old(tree, project)]
    if not all(name.isidentifier() for name in project.module.split(".")):
        reason = (
            f"{project.module} is not a valid module name. Rename the folder; if it is a "
            "template, convert a project that was generated from it."
        )
        return [Finding(project.home, 0, "extension", reason)]
    found = [
        *settings.findings,
        *_overridden(index, project, python, settings),
        *_of_options(index, project, python, settings),
        *_tied(index, python),
        *_on_alembic(tree, index, project, python),
        *_chosen_elsewhere(index, project, python),
    ]
    for path, text in python.items():
        if index.modules[path].error is None and RELEVANT.search(text):
            file = Reading(path, Source(text), parse(text), project)
            if path == project.home and (own := own_session(settings)):
                file.moved = {own: settings.moved[own]}
            found += refused_uses.find(file)
    # `self._db.engines` gives two findings on one line; one is enough.
    return sorted({(finding.path, finding.line): finding for finding in found}.values())


def _too_old(tree: Tree, project: Project) -> Finding:
    pin = pin_before_1_4(tree)
    place = (pin.path, pin.line) if pin is not None and pin.path else (project.home, 0)
    reason = "SQLAlchemy 1.3 is too old. Upgrade to 1.4 first, run the tests, then convert."
    return Finding(*place, "versions", reason)


def _overridden(
    index: Index, project: Project, python: dict[str, str], settings: Constructor
) -> Iterator[Finding]:
    """Yield the class of the ``db`` if it does more than add methods to the extension."""
    home = (project.home, project.name)
    value = moving.class_of(index, home)
    if value is None:
        return
    node = moving.class_node(value, python)[1]
    known = settings.subclass or subclass.read(node, frozenset())
    override = known.overrides
    if override is not None:
        named = f" in {override.name}()" if isinstance(override, ast.FunctionDef) else ""
        internal = ", which is internal to it" if getattr(override, "name", "") in INTERNALS else ""
        lines = (override.end_lineno or override.lineno) - override.lineno + 1
        reason = (
            f"{value.name} overrides the extension{named}{internal}. Use SQLAlchemy() in "
            "its place, convert again, and add what it does to the new db.py."
        )
        what = f"{lines} lines" if lines > 1 else "1 line"
        yield Finding(value.path, override.lineno, "extension", reason, what)
    elif value.path != project.home:
        why = "; ".join(moving.obstacles(index, python, home, value))
        reason = (
            f"{value.name} subclasses SQLAlchemy outside {project.home}, where it is used. "
            f"Move it there, with what it needs, and convert again: {why}."
        )
        yield Finding(value.path, node.lineno, "extension", reason)
    if value.path != project.home:
        return
    for name in _uses_beside(value.name, project, settings, parse(python[project.home])):
        reason = (
            f"{value.name} is also used here, but the conversion removes it. Remove this use first."
        )
        yield Finding(project.home, name.lineno, "extension", reason)


def _uses_beside(
    name: str, project: Project, settings: Constructor, tree: ast.Module
) -> Iterator[ast.Name]:
    """Yield the uses of a class other than to create the ``db``."""
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
    index: Index, project: Project, python: dict[str, str], settings: Constructor
) -> Iterator[Finding]:
    """Yield the options of the ``db`` that the new module does not support."""
    given = settings.nodes.get("session_options")
    if isinstance(given, ast.Name):
        given = getattr(settings.moved.get(given.id), "value", None)
    if settings.session_class is not None and (
        project.generation == 2 or not own_session(settings)
    ):
        reason = (
            "session_options sets class_ to what is no class of this file that extends Session "
            "from flask_sqlalchemy, or one that names its db. Make it one, and convert again."
        )
        yield Finding(project.home, settings.session_class.lineno, "extension", reason)
    for name, node in _items(given):
        if name in SESSION_OPTIONS:
            yield Finding(
                project.home,
                node.lineno,
                "extension",
                (
                    f"session_options sets {name}, {SESSION_OPTIONS[str(name)]}. Remove it, "
                    "convert again, and add it to the new db.py if it is still needed."
                ),
            )
    for name, statement in settings.imports.items():
        yield from _of_import(name, statement, index, project, python)
    for node, attribute in uses(settings, project.name):
        # After the conversion it is in the same module as the session.
        if attribute is None or attribute.attr != "session":
            yield Finding(
                project.home,
                node.lineno,
                "extension",
                (
                    f"This is used to create the {project.name}, and uses it as well. Get what "
                    "it needs elsewhere, for example from current_app, and convert again."
                ),
            )


def _of_import(
    name: str, node: ast.stmt, index: Index, project: Project, python: dict[str, str]
) -> Iterator[Finding]:
    """Yield an imported name that is defined with what the new module replaces."""
    if not isinstance(node, ast.ImportFrom):
        return
    path = index.find(project.home, node.module or "", node.level)
    if path is not None and FLASK_SQLALCHEMY in python.get(path, ""):
        value = index.lookup(project.home, name)
        home = (project.home, project.name)
        why = moving.obstacles(index, python, home, value) if isinstance(value, Class) else []
        because = f" ({'; '.join(why)})" if why else ""
        yield Finding(
            project.home,
            node.lineno,
            "extension",
            (
                f"{name} is used to create the {project.name}, but {path}, which defines it, "
                "imports Flask-SQLAlchemy: the two modules would import each other. Move "
                f"{name} into {project.home}{because}, and convert again."
            ),
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


def _chosen_elsewhere(index: Index, project: Project, python: dict[str, str]) -> Iterator[Finding]:
    """Yield where a module takes the ``db`` of another project, and creates one only without it."""
    body = parse(python[project.home]).body
    for node in statements(body):
        elsewhere = False
        match node:
            case ast.Assign(targets=[ast.Name(id=project.name)], value=ast.Call(func=made)):
                elsewhere = not index.makes_database(index.evaluate(project.home, dotted(made)))
            case ast.ImportFrom(names=names):
                elsewhere = any(project.name == (alias.asname or alias.name) for alias in names)
        if elsewhere and node not in body:  # but in an `if` or a `try`
            reason = (
                f"The {project.name} can be that of another project, chosen when the program "
                "runs. Whatever shares it has to be converted at the same time: create it here in "
                "every case, and convert again."
            )
            yield Finding(project.home, node.lineno, "extension", reason)


def _tied(index: Index, python: dict[str, str]) -> Iterator[Finding]:
    """Yield the uses of libraries that need the extension itself."""
    for path, text in python.items():
        for library, why in UNSUPPORTED_LIBRARIES.items():
            if library in text and library in _libraries(index, path):
                line = line_number(text, text.find(library))
                uses = _uses_of(library, parse(text))
                reason = f"{library} {why}. Replace it first, and convert again."
                what = f"used in {uses} {'place' if uses == 1 else 'places'}"
                yield Finding(path, line, "extension", reason, what)


def _on_alembic(
    tree: Tree, index: Index, project: Project, python: dict[str, str]
) -> Iterator[Finding]:
    """Yield the uses of Flask-Alembic where it takes its engines from the extension only."""
    pinned = [pin.version for pin in pins(tree, r"flask[-_.]alembic")]
    is_old = project.generation == 2 or bool(pinned and max(pinned) < (3, 1))
    extended = {
        value.path
        for value in index.classes()
        if External("flask_alembic.Alembic") in index.bases(value)
    }
    for path, text in python.items():
        if path in extended or (is_old and "flask_alembic" in _libraries(index, path)):
            line = line_number(text, text.find("flask_alembic"))
            reason = (
                "Flask-Alembic takes its engine from the extension before 3.1, or in a class of "
                "yours. Upgrade it to 3.1, and use its own class; then convert again."
            )
            yield Finding(path, line, "extension", reason)


def _uses_of(library: str, tree: ast.Module) -> int:
    """Return how often a file uses the names that it imports from a library."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == library:
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {
                alias.asname or library
                for alias in node.names
                if alias.name.partition(".")[0] == library
            }
    return sum(isinstance(node, ast.Name) and node.id in names for node in ast.walk(tree))


def _libraries(index: Index, path: str) -> set[str]:
    top = index.modules[path]
    imported: Iterable[tuple[str, int]] = (
        *top.imports,
        *((module, level) for module, level, _ in top.from_imports),
    )
    return {module.partition(".")[0] for module, level in imported if not level}
