"""What ``db`` does itself stays as it reads: ``db.create_all()``, ``db.paginate(…)``.

``db`` is the new module there, which has a function of that name; so has each method that the
project added by a subclass of the extension. What it has no function for is left to a person.

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
            node, "functions", f"db.{name} is unknown to the converter; there is no such name now."
        )
