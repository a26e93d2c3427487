"""``db.relationship`` becomes ``orm.relationship``.

If methods are left on queries, a dynamic relationship gets the query class of the new module.

https://flask-sqlalchemy.readthedocs.io/en/stable/legacy-query/
"""

from __future__ import annotations

import ast

from ...project import Database, DatabaseAttribute, Use
from ..rewriting import File

NODES = (ast.Attribute, ast.Call)
NAMES = {"relationship": "relationship", "relation": "relationship", "dynamic_loader": ""}


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.Attribute):
        is_read = isinstance(node.ctx, ast.Load)
        if is_read and node.attr in NAMES and file.value(node.value, use.scope) == Database():
            name = NAMES[node.attr] or node.attr
            file.replace(node, f"{file.module_name('sqlalchemy.orm')}.{name}")
        return
    assert isinstance(node, ast.Call)
    value = file.value(node.func, use.scope)
    if not isinstance(value, DatabaseAttribute) or value.name not in NAMES:
        return
    if not file.project.query_methods.left:
        return
    database = node.func.value if isinstance(node.func, ast.Attribute) else None
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    dynamic = value.name == "dynamic_loader" or is_dynamic(keywords.get("lazy"))
    if dynamic and "query_class" not in keywords:
        add_query_class(node, database, use, file)
    backref = keywords.get("backref")
    if isinstance(backref, ast.Call):
        own = {keyword.arg: keyword.value for keyword in backref.keywords}
        if is_dynamic(own.get("lazy")) and "query_class" not in own:
            add_query_class(backref, database, use, file)


def is_dynamic(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == "dynamic"


def add_query_class(node: ast.Call, database: ast.expr | None, use: Use, file: File) -> None:
    file.add_argument(node, f"query_class={file.use_name('Query', database, use.scope)}")
