"""``flask_session.Session`` becomes a class of the project if sessions are in the database.

Flask-Session 0.7 and newer imports Flask-SQLAlchemy for ``SESSION_TYPE = "sqlalchemy"`` and accepts
only its object. The new module ``server_sessions.py`` does the same with ``Session``. Older
versions only use attributes of ``db`` that the new module has.

https://flask-session.readthedocs.io/en/latest/config_reference.html#sqlalchemy
"""

from __future__ import annotations

import ast

from ...project import Use
from ..rewriting import File

NODES = (ast.ImportFrom,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.ImportFrom)
    if node.level or node.module != "flask_session" or not file.project.stores_sessions:
        return
    for alias in node.names:
        if alias.name == "Session":
            file.removed.add(id(alias))
            file.touched = True
            file.features |= {"server_sessions", "get_engine", "Base"}
            module, level = file.path_to(file.project.sibling("server_sessions"))
            as_ = f" as {alias.asname}" if alias.asname else ""
            line = f"from {'.' * level}{module} import Session{as_}"
            for place in file.places_for(node, alias):
                file.extra_imports.setdefault(id(place), []).append(line)
