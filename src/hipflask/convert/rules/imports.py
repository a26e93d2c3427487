"""Names imported from ``flask_sqlalchemy`` are imported from the new module.

These are ``Pagination``, ``Query`` (``BaseQuery`` in 2.x), ``get_recorded_queries``
(``get_debug_queries``), ``models_committed``, ``before_models_committed``, ``Session``
(``SignallingSession``) and ``Model``. In annotations, quoted or not, ``SQLAlchemy`` becomes
``ModuleType`` and ``DefaultMeta`` becomes ``DeclarativeMeta``.

https://flask-sqlalchemy.readthedocs.io/en/stable/api/
"""

from __future__ import annotations

import ast
import re

from ...project import FLASK_SQLALCHEMY, External, Use
from ..rewriting import File
from ..survey import IMPORTED_NAMES

NODES = (ast.ImportFrom, ast.Import, ast.Attribute)
OF_TYPES = {
    "SQLAlchemy": ("types", "ModuleType"),
    "DefaultMeta": ("sqlalchemy.orm", "DeclarativeMeta"),
}
ALSO = {
    "models_committed": "track_modifications",
    "before_models_committed": "track_modifications",
    "get_recorded_queries": "record_queries",
    "get_debug_queries": "record_queries",
}


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.ImportFrom):
        if node.level == 0 and (node.module or "").partition(".")[0] == FLASK_SQLALCHEMY:
            for alias in node.names:
                _name(alias, node, use, file)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] == FLASK_SQLALCHEMY:
                file.removed.add(id(alias))
                file.touched = True
    else:
        assert isinstance(node, ast.Attribute)
        value = file.value(node, use.scope)
        if (
            isinstance(value, External)
            and value.name.startswith(f"{FLASK_SQLALCHEMY}.")
            and isinstance(file.root(node), ast.Name)
        ):
            _attribute(node, use, file)


def _attribute(node: ast.Attribute, use: Use, file: File) -> None:
    bound = IMPORTED_NAMES.get(node.attr)
    if bound is not None:
        _need(bound, node.attr, file)
        file.replace(node, file.use_name(file.project.new_name(bound), None, use.scope))
    elif node.attr in OF_TYPES:
        _type(node, node.attr, file)


def _type(node: ast.expr, name: str, file: File) -> None:
    """Replace a type of the extension by one of Python or SQLAlchemy."""
    if file.is_annotation(node):
        if not _goes(node, file):
            file.replace(node, file.use_other_name(*OF_TYPES[name]))
    else:
        parent = file.parents.get(id(node))
        if (
            not isinstance(parent, ast.Call) or parent.func is not node
        ):  # (a call is reported by another rule)
            file.report(node, "imports", f"{name} from {FLASK_SQLALCHEMY} is still used here.")


def _quoted(alias: ast.alias, file: File) -> None:
    """Replace the type in quoted annotations."""
    word = re.compile(rf"\b{re.escape(alias.asname or alias.name)}\b")
    for use in file.scopes.uses:
        node = use.node
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and word.search(node.value)
            and file.is_annotation(node)
        ):
            file.replace(
                node,
                word.sub(file.use_other_name(*OF_TYPES[alias.name]), file.source.text_of(node)),
            )


def _need(bound: str, name: str, file: File) -> None:
    file.features.add(bound)
    if name in ALSO:
        file.features.add(ALSO[name])


def _name(alias: ast.alias, node: ast.ImportFrom, use: Use, file: File) -> None:
    file.removed.add(id(alias))
    file.touched = True
    if alias.name in OF_TYPES:
        names = file.uses_of(alias)
        if file.path != file.project.home and not all(map(file.is_annotation, names)):
            file.removed.discard(id(alias))  # for example in a test that creates its own db
            names = [name for name in names if not file.is_annotation(name)]
        for name in names:
            _type(name, alias.name, file)
        _quoted(alias, file)
        return
    bound = IMPORTED_NAMES.get(alias.name)
    if bound is None:
        file.removed.discard(id(alias))
        file.report(
            node,
            "imports",
            (f"{alias.name} from {node.module} has no counterpart. Remove it, and convert again."),
        )
        return
    _need(bound, alias.name, file)
    local = alias.asname or alias.name
    names = file.uses_of(alias)
    if names and all(map(file.is_moved, names)) and not file.index.is_exported(file.path, local):
        return
    anchor = None if any(child is node for child in file.tree.body) else node
    file.import_as(file.project.new_name(bound), local, anchor)


def _goes(annotation: ast.expr, file: File) -> bool:
    """Return whether an annotation is in the statement that creates the ``db``, which is removed."""
    statement = file.parents.get(id(annotation))
    return (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.value, ast.Call)
        and file.index.makes_database(file.value(statement.value.func, file.scopes.module))
    )
