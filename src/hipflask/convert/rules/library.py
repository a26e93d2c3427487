"""Names that ``db`` only re-exports come from SQLAlchemy itself.

``db.Column`` becomes ``sa.Column``, and ``db.joinedload`` becomes ``orm.joinedload``.

https://flask-sqlalchemy.readthedocs.io/en/stable/api/#flask_sqlalchemy.SQLAlchemy
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File
from ..survey import ORM, SQLALCHEMY

NODES = (ast.Attribute,)
# Other names have their own rules.
NOT_PASSED_ON = {"Table", "relationship", "dynamic_loader", "relation", "session", "engine"}


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if node.attr in NOT_PASSED_ON or not isinstance(node.ctx, ast.Load):
        return
    if file.value(node.value, use.scope) != Database():
        return
    if node.attr in SQLALCHEMY:
        file.replace(node, f"{file.module_name('sqlalchemy')}.{node.attr}")
    elif node.attr in ORM and node.attr not in ("Query", "Model"):
        file.replace(node, f"{file.module_name('sqlalchemy.orm')}.{node.attr}")
