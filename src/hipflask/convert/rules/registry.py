"""``app.extensions["sqlalchemy"]`` becomes ``db``, the new module.

Attributes of it are converted as everywhere else: ``app.extensions["sqlalchemy"].db.session``
becomes ``Session``. A statement that stores the ``db`` there again is removed. Code that only
checks for the extension or removes it uses the engines instead: ``"database" in app.extensions``.

https://flask.palletsprojects.com/en/stable/extensiondev/#the-extension-class-and-initialization
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File, remove_statement
from ..survey import is_extensions_entry
from .handed import REASON

NODES = (ast.Subscript, ast.Attribute, ast.Call, ast.Compare)
HELD = "This is no longer stored there. Use {} instead, and convert again."


def rewrite(use: Use, file: File) -> None:
    node = use.node
    key = _key(node)
    if key is not None:
        file.replace(key, '"database"')
        return
    if not isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        return
    if not file.is_extensions_lookup(node) or file.source.is_replaced(*file.source.span(node)):
        return
    if file.is_stored_again(use):
        remove_statement(file, use.statement)
        return
    if _is_stored_further(use, file):
        return  # the whole of it is reported
    is_read = isinstance(getattr(node, "ctx", None), ast.Load | None)
    if file.value(node, use.scope) != Database() or not is_read:
        file.report(node, "registry", HELD.format(file.project.module))
        return
    file.replace(node, file.use_module(use.scope))
    if isinstance(use.parent, ast.Attribute):
        return
    file.features.add("__getattr__")
    if not isinstance(use.parent, ast.Assign) or not _names_it(use.parent):
        file.report(node, "handed", REASON)


def _key(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Compare(
            left=ast.Constant(value="sqlalchemy") as key,
            ops=[ast.In() | ast.NotIn()],
            comparators=[ast.Attribute(attr="extensions")],
        ):
            return key
        case ast.Subscript(slice=key, ctx=ast.Del()) if is_extensions_entry(node):
            return key
        case ast.Call(
            func=ast.Attribute(attr="pop", value=ast.Attribute(attr="extensions")),
            args=[ast.Constant(value="sqlalchemy") as key, *_],
        ):
            return key
    return None


def _is_stored_further(use: Use, file: File) -> bool:
    """Return whether a node is the beginning of another lookup, and that is a target."""
    parent = use.parent
    return (
        isinstance(parent, ast.Attribute)
        and not isinstance(parent.ctx, ast.Load)
        and file.is_extensions_lookup(parent)
    )


def _names_it(statement: ast.Assign) -> bool:
    return all(isinstance(target, ast.Name) for target in statement.targets)
