"""``db.engine`` becomes ``db.get_engine()``, and ``db.engines`` becomes ``db.get_engines()``.

Here ``db`` is the new module. ``db.get_engine(bind)`` is not changed. In a subclass of the extension's
session, ``self._db.engines`` becomes ``get_engines()``.

https://flask-sqlalchemy.readthedocs.io/en/stable/binds/#engines-and-metadata
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File
from ..survey import class_around, is_understood

NODES = (ast.Attribute,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if is_understood(node) and class_around(use, file) is not None:
        _of_session(node, use, file)
    if node.attr not in ("engine", "engines"):
        return
    if file.value(node.value, use.scope) != Database():
        return
    name = f"get_{node.attr}"
    if not isinstance(node.ctx, ast.Load):
        file.report(node, "engine", f"db.{name} is a function now. Replace that function instead.")
        return
    if node.attr == "engine" and file.project.patches_get_engine:
        file.features.add("get_engines")
        file.replace_attribute(node, "get_engines()[None]")
        return
    file.features.add(name)
    file.replace_attribute(node, f"{name}()")


def _of_session(node: ast.Attribute, use: Use, file: File) -> None:
    """Replace ``self._db.engines`` in a session class."""
    name = f"get_{node.attr.removeprefix('get_')}"
    file.features.add(name)
    called = file.use_name(name, None, use.scope)
    file.replace(node, called if node.attr == name else f"{called}()")
