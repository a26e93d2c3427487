"""Tests that patch ``db.session`` by name patch its new name.

``mock.patch("app.views.db.session.commit")`` becomes ``mock.patch("app.db.Session.commit")``, and
``monkeypatch.setattr(db, "session", …)`` becomes ``monkeypatch.setattr(db, "Session", …)``. A
module whose whole ``db`` is patched still uses it for everything.

https://docs.python.org/3/library/unittest.mock.html#where-to-patch
"""

from __future__ import annotations

import ast
import re

from ...project import Database, Use
from ..rewriting import File
from ..survey import DB_FUNCTIONS

NODES = (ast.Constant, ast.Call)
ATTRIBUTES = {"session": "Session", "Model": "Base"}


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.Call):
        of_object(node, use, file)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        by_name(node, node.value, use, file)


def of_object(node: ast.Call, use: Use, file: File) -> None:
    if len(node.args) < 2 or not isinstance(node.args[1], ast.Constant):
        return
    name = node.args[1].value
    if file.value(node.args[0], use.scope) != Database() or not isinstance(name, str):
        return
    if name in ATTRIBUTES:
        file.features.add(ATTRIBUTES[name])
        quote = file.source.text_of(node.args[1])[-1]
        file.replace(node.args[1], f"{quote}{ATTRIBUTES[name]}{quote}")
    elif name in DB_FUNCTIONS:
        file.features.add(name)
    elif ast.unparse(node.func) in ("getattr", "hasattr"):
        file.features.add("__getattr__")


def by_name(node: ast.Constant, text: str, use: Use, file: File) -> None:
    if not isinstance(use.parent, ast.Call):
        return
    match = re.fullmatch(rf"([\w.]+)\.{re.escape(file.project.name)}\.(session|Model)(\..*)?", text)
    if match is None:
        return
    module, attribute, rest = match.groups()
    found = file.index.find(file.path, module, 0)
    if found is None or file.index.lookup(found, file.project.name) != Database():
        return
    said = file.source.text_of(node)
    if not said.endswith(f"{text}{said[-1]}"):
        file.report(node, "patches", f"{file.project.name}.{attribute} has another name now.")
        return
    name = ATTRIBUTES[attribute]
    file.features.add(name)
    new = f"{file.project.module}.{name}{rest or ''}"
    file.replace(node, said.replace(text, new))
