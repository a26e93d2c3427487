"""Calls such as ``db.create_all()`` and ``db.paginate(…)`` are not changed.

``db`` is now the new module, which defines these functions, and one for each method that the
project added in a subclass of the extension. Any other attribute is reported.

https://flask-sqlalchemy.readthedocs.io/en/stable/queries/
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File
from ..survey import (
    DB_ATTRIBUTES,
    DB_FUNCTIONS,
    DB_FUNCTIONS_OF_2,
    ORM,
    SESSION_FACTORIES,
    SQLALCHEMY,
)

NODES = (ast.Attribute,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if file.value(node.value, use.scope) != Database() or file.is_extensions_lookup(node):
        return
    name = node.attr
    if name == "Query" and not file.project.query_methods.left:
        file.replace(node, f"{file.module_name('sqlalchemy.orm')}.Query")
    elif name in DB_FUNCTIONS:
        file.features.add(name)
        if file.project.generation == 2 and isinstance(use.parent, ast.Call):
            file.features |= _arguments_of_2(use.parent, name)
    elif name in DB_ATTRIBUTES or name in SQLALCHEMY or name in ORM or name in file.project.added:
        return
    elif name in SESSION_FACTORIES:
        file.features.add("create_scoped_session")
        file.replace_attribute(node, "create_scoped_session")
    elif name in DB_FUNCTIONS_OF_2 and file.project.generation == 2:
        file.features.add(name)
        if isinstance(use.parent, ast.Call):
            file.features |= _arguments_of_2(use.parent, name)
    elif isinstance(node.ctx, ast.Load) and name not in file.project.db_attributes_set:
        file.report(
            node,
            "functions",
            "The new module does not have this name. Write it there, or remove it.",
            f"{file.project.name}.{name}",
        )


def _arguments_of_2(call: ast.Call, name: str) -> set[str]:
    """Return what the arguments of a function of Flask-SQLAlchemy 2 need."""
    if name in ("get_engine", "get_binds"):
        order = ["app", "bind"]
    elif name in ("create_all", "drop_all", "reflect"):
        order = ["bind", "app"]
    else:
        return set()
    given = {*order[: len(call.args)], *(keyword.arg for keyword in call.keywords)}
    features = {"app": "app argument", "bind": "SQLALCHEMY_BINDS"}
    return {features[argument] for argument in order if argument in given}
