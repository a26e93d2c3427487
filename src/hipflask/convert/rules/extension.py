"""``db = SQLAlchemy()`` is removed, and the new module takes its name.

Every import of ``db`` still works. ``SQLAlchemy(app)`` becomes ``db.init_app(app)``.

https://flask-sqlalchemy.readthedocs.io/en/stable/quickstart/
"""

from __future__ import annotations

import ast

from ...project import Use
from ..rewriting import File, remove_statement

NODES = (ast.Call,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Call)
    if not file.index.makes_database(file.value(node.func, use.scope)):
        return
    statement = use.statement
    if file.path != file.project.home or not isinstance(statement, ast.Assign | ast.AnnAssign):
        file.report(
            node,
            "extension",
            f"This creates a second database; {file.project.home} creates the project's.",
        )
        return
    file.import_module_as(file.project.name)
    move(file, statement)
    app = next((k.value for k in node.keywords if k.arg == "app"), None)
    if app is None and node.args:
        app = node.args[0]
    if app is None or (isinstance(app, ast.Constant) and app.value is None):
        remove_statement(file, statement)
        return
    name, said = file.project.name, file.source.text_of(app)
    file.features.add("init_app")
    lines = [f"{name}.init_app({said})"]
    if file.project.generation == 2:  # the app that is used outside of an app context
        file.features.add("app")
        lines.append(f"{name}.app = {said}")
    start, end = file.source.span(statement)
    glue = file.source.newline + file.source.indentation(start)
    file.source.replace(start, end, glue.join(lines))


def move(file: File, statement: ast.stmt) -> None:
    """Remove the definitions that were moved to the new module, and import them if needed."""

    def stays(name: str) -> bool:
        return any(
            isinstance(use.node, ast.Name)
            and use.node.id == name
            and isinstance(use.node.ctx, ast.Load)
            and use.statement is not statement
            and not file.is_moved(use.node)
            for use in file.scopes.uses
        )

    for name, definition in file.moved.items():
        remove_statement(file, definition)
        if stays(name) or file.index.is_imported_from(file.path, name):
            file.import_as(name, name, None)
    for bindings in file.scopes.module.bindings.values():
        for binding in bindings:
            if (
                binding.name in file.moved_imports
                and isinstance(binding.node, ast.alias)
                and not stays(binding.name)
                and not file.index.is_imported_from(file.path, binding.name)
            ):
                file.removed.add(id(binding.node))
                file.touched = True
