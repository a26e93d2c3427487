"""``db.metadata`` becomes ``Base.metadata``.

https://flask-sqlalchemy.readthedocs.io/en/stable/customizing/
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
    if node.attr == "metadata" and file.value(node.value, use.scope) == Database():
        file.replace(node, f"{file.use_name('Base', node.value, use.scope)}.metadata")
    elif node.attr == "metadatas" and file.value(node.value, use.scope) == Database():
        file.features.add("metadatas")
