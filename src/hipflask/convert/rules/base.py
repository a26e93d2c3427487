"""``db.Model`` becomes ``Base``, a plain declarative base from the new module.

https://flask-sqlalchemy.readthedocs.io/en/stable/models/
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File

NODES = (ast.Attribute,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if not isinstance(node.ctx, ast.Load):
        return
    if node.attr == "Model" and file.value(node.value, use.scope) == Database():
        file.replace(node, file.use_name("Base", node.value, use.scope))
