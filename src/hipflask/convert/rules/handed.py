"""``db`` itself, passed or stored as an object, is not changed: it is now the new module.

The receiver may use ``.session``, ``.Model`` or ``.Column``, so the new module then answers to the
names of the extension. Each place is reported. Printing ``db`` needs no names; neither does passing
it to Flask-Session if the project stores its sessions itself.

https://flask-sqlalchemy.readthedocs.io/en/stable/api/
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...project import Database, External, Use, dotted
from ..rewriting import File
from ..survey import DB_FUNCTIONS, features_of
from . import security

NODES = (ast.Name, ast.Attribute)
REASON = (
    "The db object is passed on as a whole. It is now the new module, which also answers "
    "to the extension's names. Pass Session or Base instead to avoid that."
)
# What lists the attributes of an object, and does not ask for them by name.
LISTING = {"dir", "create_autospec", "Mock", "MagicMock", "NonCallableMock", "NonCallableMagicMock"}
SAID = "The db object is printed here. It is now a module and prints differently."


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Name | ast.Attribute)
    if not isinstance(node.ctx, ast.Load) or isinstance(use.parent, ast.Attribute):
        return
    if file.is_stored_again(use):
        return
    if file.value(node, use.scope) != Database() or file.is_annotation(node):
        return
    if isinstance(use.parent, ast.Call) and node is not use.parent.func:
        if is_understood(use.parent, use, file):
            return
    elif isinstance(use.parent, ast.keyword):
        call = file.parents.get(id(use.parent))
        if isinstance(call, ast.Call) and is_understood(call, use, file):
            return
    if isinstance(use.parent, ast.Compare | ast.Assert | ast.Expr | ast.alias):
        return
    if isinstance(use.parent, ast.FormattedValue):
        file.report(node, "handed", SAID)
        return
    if file.project.stores_sessions and is_of_flask_session(use):
        return
    if _is_listed(use, file):
        file.features |= {"__getattr__", "__dir__"}
        asked = {name for name in DB_FUNCTIONS if f".{name}" in file.source.text}
        file.features |= asked
    names = _asked(node, use, file)
    file.features |= features_of(names)
    if names is None:
        file.features |= file.project.receivers.anywhere
    file.report(node, "handed", REASON)


def _asked(node: ast.expr, use: Use, file: File) -> Iterable[str] | None:
    """Return the names that the project's own code asks of the ``db``; None if that is unknown."""
    receivers = file.project.receivers
    parent: ast.AST | None = use.parent
    if isinstance(parent, ast.keyword):
        parent = file.parents.get(id(parent))
    if isinstance(parent, ast.Call) and not isinstance(
        file.value(parent.func, use.scope), External
    ):
        return receivers.functions.get(dotted(parent.func).rpartition(".")[2])
    if isinstance(parent, ast.Assign) and (attributes := _attributes(parent, use)):
        names: set[str] = set()
        for attribute in attributes:
            asked = receivers.attributes.get(attribute)
            if not asked:
                return None  # what asks is outside the project
            names |= asked
        return names
    if isinstance(parent, ast.Dict) and is_for_shell(use):
        return ()  # a person asks there, and finds Session
    return None


def _attributes(assignment: ast.Assign, use: Use) -> list[str]:
    """Return the attributes that are assigned, also in the body of a class; empty for others."""
    names: list[str] = []
    for target in assignment.targets:
        match target:
            case ast.Attribute(attr=name):
                names.append(name)
            case ast.Name(id=name) if use.scope.is_class:
                names.append(name)
            case _:
                return []
    return names


def is_for_shell(use: Use) -> bool:
    """Return whether a node is in a function that lists names for ``flask shell``."""
    return any(
        "shell_context_processor" in ast.unparse(decorator)
        for scope in use.scope.enclosing()
        for decorator in getattr(scope.node, "decorator_list", [])
    )


def is_of_flask_session(use: Use) -> bool:
    """Return whether a node is assigned to ``SESSION_SQLALCHEMY``, which is then not used."""
    statement = use.statement
    if not isinstance(statement, ast.Assign) or use.parent is not statement:
        return False
    return all(
        isinstance(target, ast.Subscript)
        and isinstance(target.slice, ast.Constant)
        and target.slice.value == "SESSION_SQLALCHEMY"
        for target in statement.targets
    )


def _is_listed(use: Use, file: File) -> bool:
    """Return whether the names of the ``db`` are listed: by ``dir``, or for a mock in its place."""
    call = file.parents.get(id(use.parent)) if isinstance(use.parent, ast.keyword) else use.parent
    return isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] in LISTING


def is_understood(call: ast.Call, use: Use, file: File) -> bool:
    """Return whether a call does not use attributes of the ``db``, such as Flask-Migrate's.

    Flask-Security's datastore gets the session instead.
    """
    if not file.is_skipped("security") and security.database_of(call, use, file) is not None:
        return True
    value = file.value(call.func, use.scope)
    patches = ("flask_migrate", "unittest.mock.patch")
    if isinstance(value, External) and value.name.startswith(patches):
        return True
    said = file.source.text_of(call.func)
    if said in ("getattr", "hasattr"):
        if len(call.args) > 1 and not isinstance(call.args[1], ast.Constant):
            file.features.add("__getattr__")
        return True
    if said.endswith((".setattr", ".object", "setattr", "isinstance")):
        return True
    return "migrate" in said.lower()
