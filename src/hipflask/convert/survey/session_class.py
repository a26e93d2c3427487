"""A session class of the project, as in ``SQLAlchemy(session_options={"class_": RoutingSession})``.

It extends the session of the new module instead, and reaches the engines by its functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...project import FLASK_SQLALCHEMY, External, Use
from .constructor import Constructor
from .reading import Reading

SESSIONS = frozenset({"Session", "SignallingSession"})
# What it may ask of ``self._db``, and the counterparts in the new module.
COUNTERPARTS = {"engines": "get_engines()", "engine": "get_engine()", "get_engine": "get_engine"}


def own_session(settings: Constructor) -> str:
    """Return the name of the session class; empty if there is none that is understood."""
    given = settings.session_class
    node = settings.moved.get(given.id) if isinstance(given, ast.Name) else None
    base = settings.extends(node) if isinstance(node, ast.ClassDef) else None
    if base is None or base[1] not in SESSIONS or not isinstance(node, ast.ClassDef):
        return ""
    return "" if names_arguments(node) else node.name


def names_arguments(node: ast.ClassDef) -> bool:
    """Return whether a session class names what it is created with: the ``db`` of the extension."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and child.name == "__init__":
            given = child.args
            positional = [*given.posonlyargs, *given.args][1:]
            named = {argument.arg for argument in (*positional, *given.kwonlyargs)}
            return len(positional) > len(given.defaults) or "db" in named
    return False


def class_around(use: Use, file: Reading) -> ast.ClassDef | None:
    """Return the subclass of the extension's session that a node is in."""
    for scope in use.scope.enclosing():
        if isinstance(scope.node, ast.ClassDef) and scope.parent is not None:
            for base in scope.node.bases:
                value = file.value(base, scope.parent)
                if isinstance(value, External) and value.name.startswith(FLASK_SQLALCHEMY):
                    is_session = value.name.rpartition(".")[2] in SESSIONS
                    return scope.node if is_session else None
    return None


def engines_of_session(settings: Constructor) -> Iterator[tuple[ast.expr, str]]:
    """Yield what the session class asks of ``self._db``, and the text that replaces it."""
    name = own_session(settings)
    for node in ast.walk(settings.moved[name]) if name else ():
        if is_understood(node):
            assert isinstance(node, ast.Attribute)
            yield node, COUNTERPARTS[node.attr]


def is_understood(node: ast.AST) -> bool:
    """Return whether a node is ``self._db.engines`` or the like."""
    match node:
        case ast.Attribute(
            value=ast.Attribute(value=ast.Name(id="self"), attr="_db"), attr=attribute
        ):
            return attribute in COUNTERPARTS
    return False
