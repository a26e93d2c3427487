"""Flask-Security gets ``Session``, not ``db``: ``SQLAlchemySessionUserDatastore(Session, …)``.

This is Flask-Security's datastore for a plain session. Before 5.5 it uses the ``query`` of the
models, which they then have. A datastore class of the project, and Flask-Security's own models
(``fsqla``), get the new module instead.

https://flask-security-too.readthedocs.io/en/stable/api.html#flask_security.SQLAlchemySessionUserDatastore
"""

from __future__ import annotations

import ast

from ...project import Database, External, Use
from ..rewriting import File

NODES = (ast.Call,)
DATASTORE = "SQLAlchemyUserDatastore"
OF_SESSION = "SQLAlchemySessionUserDatastore"


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Call)
    given = database_of(node, use, file)
    if given is None:
        return
    if isinstance(given, ast.keyword):
        session = file.use_name("Session", given.value, use.scope)
        file.replace(given, f"session={session}")
    else:
        file.replace(given, file.use_name("Session", given, use.scope))
    if isinstance(node.func, ast.Attribute):
        file.replace_attribute(node.func, OF_SESSION)
        return
    for alias in _imports_of(node.func, use):
        as_ = f" as {alias.asname}" if alias.asname else ""
        file.replace(alias, f"{OF_SESSION}{as_}")
        if alias.asname is None:
            for name in file.uses_of(alias):
                file.replace(name, OF_SESSION)


def is_datastore(node: ast.Call, use: Use, file: File) -> bool:
    """Return whether a call creates Flask-Security's datastore."""
    return file.value(node.func, use.scope) in (
        External(f"flask_security.{DATASTORE}"),
        External(f"flask_security.datastore.{DATASTORE}"),
    )


def database_of(node: ast.Call, use: Use, file: File) -> ast.expr | ast.keyword | None:
    """Return the ``db`` argument of a datastore, if ``Session`` can replace it."""
    # If a test replaces the session, it must be looked up each time.
    if file.project.looks_session_up(file.path) or not is_datastore(node, use, file):
        return None
    for alias in _imports_of(node.func, use):
        for name in file.uses_of(alias):
            parent = file.parents.get(id(name))
            called = isinstance(parent, ast.Call) and parent.func is name
            if not called and not file.is_annotation(name):
                return None  # such as the base of a class
    keywords = {keyword.arg: keyword for keyword in node.keywords}
    given = keywords["db"] if "db" in keywords else node.args[0] if node.args else None
    said = given.value if isinstance(given, ast.keyword) else given
    return given if file.value(said, use.scope) == Database() else None


def _imports_of(func: ast.expr, use: Use) -> list[ast.alias]:
    if not isinstance(func, ast.Name):
        return []
    return [b.node for b in use.scope.lookup(func.id) if isinstance(b.node, ast.alias)]
