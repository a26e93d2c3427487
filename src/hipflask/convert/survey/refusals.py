"""What is refused, and why: where one of these is found, the whole project is left as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from ...project import (
    FLASK_SQLALCHEMY,
    Class,
    Finding,
    Index,
    Source,
    Tree,
    line_of,
    pin_before_1_4,
)
from . import refused_uses
from .constructor import Settings, uses
from .project import Project
from .reading import Reading
from .subclass import INTERNALS

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
            found += refused_uses.find(file)
    # `self._db.engines` is one place, though it says two things.
    return sorted({(finding.path, finding.line): finding for finding in found}.values())


def _too_old(tree: Tree, project: Project) -> Finding:
    pin = pin_before_1_4(tree)
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
            for target in refused_uses.targets(statement)
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
