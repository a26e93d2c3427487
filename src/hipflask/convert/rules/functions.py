"""Calls such as ``db.create_all()`` and ``db.paginate(…)`` are not changed.

``db`` is now the new module, which defines these functions, and one for each method that the
project added in a subclass of the extension. Any other attribute is reported.

https://flask-sqlalchemy.readthedocs.io/en/stable/queries/
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File
from ..survey import FUNCTIONS, MAKES_SESSION, OF_2, ORM, OTHERS, SQLALCHEMY

NODES = (ast.Attribute,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if file.value(node.value, use.scope) != Database() or file.is_looked_up(node):
        return
    name = node.attr
    if name in FUNCTIONS:
        file.features.add(name)
    elif name in OTHERS or name in SQLALCHEMY or name in ORM or name in file.project.added:
        return
    elif name in MAKES_SESSION:
        file.features.add("create_scoped_session")
        file.replace_attribute(node, "create_scoped_session")
    elif name in OF_2 and file.project.generation == 2:
        file.features.add(name)
    elif isinstance(node.ctx, ast.Load) and name not in file.project.put_there:
        file.find(
            node,
            "functions",
            f"The converter does not know db.{name}, and the new module does not have it.",
        )
