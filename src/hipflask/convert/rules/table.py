"""``db.Table("name", …)`` becomes ``sa.Table("name", Base.metadata, …)``.

With a ``bind_key``, the metadata of that bind is used. As a type, ``db.Table`` becomes
``sa.Table``.

https://flask-sqlalchemy.readthedocs.io/en/stable/models/#defining-tables
"""

from __future__ import annotations

import ast

from ...project import Database, DatabaseAttribute, Use
from ..rewriting import File

NODES = (ast.Attribute, ast.Call)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.Attribute):
        if node.attr == "Table" and file.value(node.value, use.scope) == Database():
            file.replace(node, f"{file.module_name('sqlalchemy')}.Table")
        return
    assert isinstance(node, ast.Call)
    if file.value(node.func, use.scope) != DatabaseAttribute("Table"):
        return
    if not node.args or isinstance(node.args[0], ast.Starred):
        file.report(
            node,
            "table",
            "The converter cannot tell whether a MetaData is passed. Pass it explicitly.",
        )
        return
    if len(node.args) > 1 and takes_metadata(node.args[1], use, file):
        return
    database = node.func.value if isinstance(node.func, ast.Attribute) else None
    bind = next((k for k in node.keywords if k.arg == "bind_key"), None)
    if bind is not None:
        metadata = f"{file.use_name('metadata_of', database, use.scope)}({file.source.text_of(bind.value)})"
        file.remove_argument(node, bind)
    else:
        metadata = f"{file.use_name('Base', database, use.scope)}.metadata"
    end = file.source.span(node.args[0])[1]
    file.source.replace(end, end, f", {metadata}")


def takes_metadata(node: ast.expr, use: Use, file: File) -> bool:
    value = file.value(node, use.scope)
    if isinstance(value, DatabaseAttribute):
        return value.name.endswith("metadata")
    return (
        isinstance(node, ast.Name | ast.Attribute) and "meta" in file.source.text_of(node).lower()
    )
