"""``db = SQLAlchemy()`` goes: the new module takes the name, so every import of it still works.

``SQLAlchemy(app)`` becomes ``db.init_app(app)``.

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
        file.find(
            node,
            "extension",
            f"A second database is made here; {file.project.home} makes the one of the project.",
        )
        return
    file.want_module(file.project.name)
    move(file, statement)
    app = next((k.value for k in node.keywords if k.arg == "app"), None)
    if app is None and node.args:
        app = node.args[0]
    if app is None or (isinstance(app, ast.Constant) and app.value is None):
        remove_statement(file, statement)
        return
    name, said = file.project.name, file.source.of(app)
    file.features.add("init_app")
    lines = [f"{name}.init_app({said})"]
    if file.project.generation == 2:  # outside of a context, it is the app
        file.features.add("app")
        lines.append(f"{name}.app = {said}")
    start, end = file.source.span(statement)
    glue = file.source.newline + file.source.indentation(start)
    file.source.replace(start, end, glue.join(lines))


def move(file: File, statement: ast.stmt) -> None:
    """Take out what went to the new module with the arguments, and import it from there."""

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
            file.want(name, name, None)
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
