"""What the ``env.py`` of Flask-Migrate has in it, as nodes."""

from __future__ import annotations

import ast


def connects(tree: ast.Module) -> list[ast.Call]:
    """Return the calls of ``engine.connect()``, except on asynchronous engines."""
    asynchronous = {
        item.context_expr
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and not node.args
        and node not in asynchronous
    ]


def is_extension(node: ast.AST) -> bool:
    """Return whether a node is ``current_app.extensions["migrate"]``."""
    match node:
        case (
            ast.Subscript(
                value=ast.Attribute(attr="extensions"), slice=ast.Constant(value="migrate")
            )
            | ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="extensions"), attr="get"),
                args=[ast.Constant(value="migrate"), *_],
            )
        ):
            return True
    return False


def is_options(node: ast.AST) -> bool:
    """Return whether a node is ``current_app.extensions["migrate"].configure_args``."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "configure_args"
        and is_extension(node.value)
    )


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
