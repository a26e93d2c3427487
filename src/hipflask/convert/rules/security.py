"""Flask-Security gets ``Session`` in place of ``db``: ``SQLAlchemySessionUserDatastore(Session, …)``.

It is the datastore that Flask-Security has for a plain session, and the same in all else. Before
5.5 it asks the models for their ``query``, which they have then. A datastore of the project's own
class, and the models that come with Flask-Security (``fsqla``), are handed the new module.

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
        session = file.bring("Session", given.value, use.scope)
        file.replace(given, f"session={session}")
    else:
        file.replace(given, file.bring("Session", given, use.scope))
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
    """Tell whether a call makes Flask-Security's datastore."""
    return file.value(node.func, use.scope) in (
        External(f"flask_security.{DATASTORE}"),
        External(f"flask_security.datastore.{DATASTORE}"),
    )


def database_of(node: ast.Call, use: Use, file: File) -> ast.expr | ast.keyword | None:
    """Return the ``db`` that a datastore is made with, where it can be ``Session`` instead."""
    # A session that is put in the place of the db's must be asked for each time.
    if file.project.keeps_session_attribute or not is_datastore(node, use, file):
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
