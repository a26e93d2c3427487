"""``db.Table("name", …)`` becomes ``sa.Table("name", Base.metadata, …)``.

With a ``bind_key``, the metadata of that bind is used. A table that is given a ``MetaData`` keeps
it; where that cannot be known, the place is reported. As a type, ``db.Table`` becomes ``sa.Table``.

https://flask-sqlalchemy.readthedocs.io/en/stable/models/#defining-tables
"""

from __future__ import annotations

import ast

from ...project import Database, DatabaseAttribute, External, Use, dotted
from ..rewriting import File

METADATA = {External(f"sqlalchemy.{module}MetaData()") for module in ("", "schema.", "sql.schema.")}
METADATA_CLASSES = {External(value.name.removesuffix("()")) for value in METADATA} | {
    DatabaseAttribute("MetaData")
}
UNKNOWN = (
    "The converter cannot tell whether this is the MetaData of the table. If it is, the table must "
    "not get Base.metadata; otherwise it must."
)

NODES = (ast.Attribute, ast.Call)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.Attribute):
        is_read = isinstance(node.ctx, ast.Load)
        if is_read and node.attr == "Table" and file.value(node.value, use.scope) == Database():
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
    if len(node.args) > 1:
        given = is_metadata(node.args[1], use, file)
        if given is None:
            file.report(node.args[1], "table", UNKNOWN)
        if given or (given is None and is_called_metadata(node.args[1])):
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


def is_metadata(node: ast.expr, use: Use, file: File) -> bool | None:
    """Return whether an argument is a ``MetaData``; None if that is not known."""
    if isinstance(node, ast.Starred | ast.Constant):
        return False
    if isinstance(node, ast.Call):
        made = file.value(node.func, use.scope)
        if made is not None:
            return made in METADATA_CLASSES
    if isinstance(node, ast.Name):
        bound = use.scope.lookup(node.id)
        if len(bound) == 1 and isinstance(bound[0].value, ast.Call):
            return is_metadata(bound[0].value, use, file)
    value = file.value(node, use.scope)
    if isinstance(value, DatabaseAttribute):
        return value.name.endswith("metadata") or value == DatabaseAttribute("MetaData()")
    if isinstance(value, External) and value.name.startswith("sqlalchemy."):
        return value in METADATA
    if isinstance(node, ast.Attribute) and node.attr == "metadata":
        owner = file.value(node.value, use.scope)
        if file.index.is_model(owner):
            return True
    return None


def is_called_metadata(node: ast.expr) -> bool:
    return dotted(node).lower().endswith(("meta", "metadata"))
