"""``db.session`` becomes ``Session``, the session of the app context, from the new module.

It is imported where ``db`` was imported. If a test or a script replaces the session, it remains an
attribute of the module (``db.Session``), so that all code sees the replacement. Comments and
docstrings of a file in which the code changes change with it.

https://flask-sqlalchemy.readthedocs.io/en/stable/contexts/
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File

NODES = (ast.Attribute,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    is_read = isinstance(node.ctx, ast.Load)
    if is_read and node.attr == "session" and file.value(node.value, use.scope) == Database():
        name = file.use_name("Session", node.value, use.scope)
        file.replace(node, name)
        file.renamed[file.source.text_of(node)] = name
