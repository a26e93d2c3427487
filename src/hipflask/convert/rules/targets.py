"""What a project assigns to the ``db`` stays an attribute of the new module, and is reported.

``db.session = other`` becomes ``db.Session = other``. Any other name of the extension is imported
from SQLAlchemy or from the new module by name, which an attribute does not change.

https://docs.python.org/3/reference/simple_stmts.html#assignment-statements
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File
from ..survey import ORM, SQLALCHEMY, is_perhaps_database

NODES = (ast.Attribute,)
COUNTERPARTS = {"Model": "Base", "metadata": "Base.metadata"}
REASON = (
    "db.{name} is replaced here, which changes nothing any more: the project uses {counterpart} "
    "instead. Change that, and convert again."
)
UNKNOWN = (
    "The converter cannot tell what {said} is here. If it is the project's, its session is now "
    "called Session: {said}.Session."
)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if isinstance(node.ctx, ast.Load):
        return
    value = file.value(node.value, use.scope)
    if node.attr == "session":
        if value == Database():
            file.features.add("Session")
            file.replace_attribute(node, "Session")
        elif is_perhaps_database(node.value, use.scope, file):
            file.features.add("__getattr__")
            said = file.source.text_of(node.value)
            file.report(node, "targets", UNKNOWN.format(said=said))
    elif value == Database() and not file.is_extensions_lookup(node):
        of_library = "sqlalchemy" if node.attr in SQLALCHEMY else "sqlalchemy.orm"
        known = node.attr in (*COUNTERPARTS, *SQLALCHEMY, *ORM) and node.attr != "Query"
        if known and node.attr != "engine":
            counterpart = COUNTERPARTS.get(node.attr, f"{of_library}.{node.attr}")
            file.report(node, "targets", REASON.format(name=node.attr, counterpart=counterpart))
