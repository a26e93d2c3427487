"""Names imported from ``flask_sqlalchemy`` are imported from the new module.

These are ``Pagination``, ``get_recorded_queries`` (``get_debug_queries``), ``models_committed``,
``before_models_committed``, ``Session`` (``SignallingSession``) and ``Model``, which is ``Base``
unless a class extends it. ``Query`` (``BaseQuery`` in 2.x) is SQLAlchemy's own, or that of the new
module if methods are left on queries. As types, quoted or not, ``SQLAlchemy`` becomes
``ModuleType`` and ``DefaultMeta`` becomes ``type[Base]`` (on SQLAlchemy 1.4 ``DeclarativeMeta``).
An annotation of a variable that is given its value goes, since the value tells its type.

https://flask-sqlalchemy.readthedocs.io/en/stable/api/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ...project import FLASK_SQLALCHEMY, External, Use
from ..rewriting import File
from ..survey import IMPORTED_NAMES

NODES = (ast.ImportFrom, ast.Import, ast.Attribute)
OF_TYPES = {
    "SQLAlchemy": ("types", "ModuleType"),
    "DefaultMeta": ("sqlalchemy.orm", "DeclarativeMeta"),
}
# Its modules, whose attributes are replaced one by one.
OF_EXTENSION = {
    f"{FLASK_SQLALCHEMY}.{name}"
    for name in ("extension", "model", "pagination", "query", "record_queries", "session", "table")
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
        for alias in node.names:
            if node.level == 0 and (node.module or "").partition(".")[0] == FLASK_SQLALCHEMY:
                _name(alias, node, use, file)
            elif _is_passed_on(alias, file):
                _passed_on(alias, node, use, file)
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


def _is_passed_on(alias: ast.alias, file: File) -> bool:
    """Return whether a name that another module of the project imported from the extension goes."""
    binding = file.binding_of(alias)
    value = file.bound(binding) if binding is not None else None
    return value in {External(f"{FLASK_SQLALCHEMY}.{name}") for name in OF_TYPES}


def _passed_on(alias: ast.alias, node: ast.ImportFrom, use: Use, file: File) -> None:
    """Replace a type that this file imports from another module of the project."""
    _name(alias, node, use, file)
    if id(alias) not in file.removed:  # what is left of it comes from the extension itself
        file.removed.add(id(alias))
        anchor = file.extra_imports.setdefault(id(node), [])
        anchor.append(f"from {FLASK_SQLALCHEMY} import {ast.unparse(alias)}")


def _attribute(node: ast.Attribute, use: Use, file: File) -> None:
    bound = _bound(node.attr, is_type=not _is_extended(node, file))
    if bound == "Query" and not file.project.query_methods.left:
        file.replace(node, f"{file.module_name('sqlalchemy.orm')}.Query")
    elif bound is not None:
        _need(bound, node.attr, [node], file)
        file.replace(node, file.use_name(file.project.new_name(bound), None, use.scope))
    elif node.attr in OF_TYPES:
        _type(node, node.attr, file)


def _type(node: ast.expr, name: str, file: File) -> None:
    """Replace a type of the extension by one of Python or SQLAlchemy."""
    if file.is_type(node):
        if _is_told_by_value(node, file):
            _drop(node, file)
        elif not _goes(node, file):
            file.replace(node, _new_type(name, file, node))
    else:
        parent = file.parents.get(id(node))
        if (
            not isinstance(parent, ast.Call) or parent.func is not node
        ):  # (a call is reported by another rule)
            file.report(node, "imports", f"{name} from {FLASK_SQLALCHEMY} is still used here.")


def _new_type(name: str, file: File, node: ast.expr) -> str:
    if name == "DefaultMeta" and file.project.sqlalchemy != "1.4":
        # A DeclarativeBase has no DeclarativeMeta.
        base = file.use_name("Base", None, file.scopes.module)
        match file.parents.get(id(node)):
            case ast.Subscript(value=ast.Name(id="type" | "Type")):
                return base
        return f"type[{base}]"
    return file.use_other_name(*OF_TYPES[name])


def _is_told_by_value(annotation: ast.expr, file: File) -> bool:
    """Return whether it is the annotation of a variable that is given its value; not of a field."""
    statement = file.parents.get(id(annotation))
    return (
        isinstance(statement, ast.AnnAssign)
        and statement.annotation is annotation
        and statement.value is not None
        and not isinstance(file.parents.get(id(statement)), ast.ClassDef)
        and not _goes(annotation, file)
    )


def _drop(annotation: ast.expr, file: File) -> None:
    statement = file.parents[id(annotation)]
    assert isinstance(statement, ast.AnnAssign)
    start = file.source.span(statement.target)[1]
    file.source.replace(start, file.source.span(annotation)[1], "")


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
            if _is_told_by_value(node, file):
                _drop(node, file)
            else:
                text = file.source.text_of(node)
                file.replace(node, word.sub(_new_type(alias.name, file, node), text))


def _bound(name: str, *, is_type: bool) -> str | None:
    """Return the name in the new module; None if there is none.

    :param is_type: whether no class extends it.
    """
    if name in ("Model", "_FSAModel") and is_type:
        return "Base"
    return IMPORTED_NAMES.get(name)


def _is_extended(node: ast.expr, file: File) -> bool:
    parent = file.parents.get(id(node))
    return isinstance(parent, ast.ClassDef | ast.keyword)


def _need(bound: str, name: str, uses: Iterable[ast.expr], file: File) -> None:
    file.features.add(bound)
    if name in ALSO:
        file.features.add(ALSO[name])
    if name.endswith("Pagination") and (
        name != "Pagination" or any(_is_made_or_extended(node, file) for node in uses)
    ):
        # The constructor of 2.x is that of the new module; 3.x made one from a query.
        file.features.add("Pagination()" if file.project.generation == 2 else "own pages")


def _is_made_or_extended(node: ast.expr, file: File) -> bool:
    parent = file.parents.get(id(node))
    is_made = isinstance(parent, ast.Call) and parent.func is node
    return is_made or isinstance(parent, ast.ClassDef)


def _name(alias: ast.alias, node: ast.ImportFrom, use: Use, file: File) -> None:
    file.removed.add(id(alias))
    file.touched = True
    if alias.name in OF_TYPES:
        names = [name for name in file.uses_of(alias) if not file.is_moved(name)]
        if file.path != file.project.home and not all(map(file.is_type, names)):
            file.removed.discard(id(alias))  # for example in a test that creates its own db
            names = [name for name in names if not file.is_type(name)]
        for name in names:
            _type(name, alias.name, file)
        _quoted(alias, file)
        return
    if f"{node.module}.{alias.name}" in OF_EXTENSION:
        return
    is_type = not any(_is_extended(name, file) for name in file.uses_of(alias))
    bound = _bound(alias.name, is_type=is_type or file.is_for_types(node))
    if bound is None:
        file.removed.discard(id(alias))
        file.report(
            node,
            "imports",
            (f"{alias.name} from {node.module} has no counterpart. Remove it, and convert again."),
        )
        return
    local = alias.asname or alias.name
    names = file.uses_of(alias)
    moves = names and all(map(file.is_moved, names))
    goes = moves and not file.index.is_exported(file.path, local)
    if bound == "Query" and not file.project.query_methods.left:
        if not goes:
            file.others["sqlalchemy.orm", "Query"] = local
        return
    _need(bound, alias.name, names, file)
    if goes:
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
