"""Flask-Marshmallow's model schemas are imported from their own module, with the session.

Flask-Marshmallow provides ``ma.SQLAlchemyAutoSchema`` and similar names only if it can import
Flask-SQLAlchemy. The classes in ``flask_marshmallow.sqla`` work without it.

https://flask-marshmallow.readthedocs.io/en/latest/#optional-flask-sqlalchemy-integration
"""

from __future__ import annotations

import ast

from ...project import External, Use
from ..rewriting import File

NODES = (ast.Attribute, ast.Call)
OF_A_SESSION = {"ModelSchema", "SQLAlchemySchema", "SQLAlchemyAutoSchema"}
OTHERS = {"TableSchema", "HyperlinkRelated", "auto_field"}
MARSHMALLOW = "flask_marshmallow.Marshmallow"


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.Attribute):
        if node.attr in OF_A_SESSION | OTHERS and file.value(node.value, use.scope) == External(
            f"{MARSHMALLOW}()"
        ):
            sqla = file.use_other_name("flask_marshmallow", "sqla")
            file.replace(node, f"{sqla}.{node.attr}")
        return
    assert isinstance(node, ast.Call)
    if file.value(node.func, use.scope) != External(MARSHMALLOW):
        return
    used = sorted(OF_A_SESSION & file.project.schemas)
    if not used or not isinstance(use.statement, ast.Assign):
        return
    sqla = file.use_other_name("flask_marshmallow", "sqla")
    session = file.use_name_near("Session", None, use.scope)
    source = file.source
    start, end = source.span(use.statement)
    glue = source.newline + source.indentation(start)
    lines = [f"{sqla}.{name}.OPTIONS_CLASS.session = {session}" for name in used]
    source.replace(end, end, glue + glue.join(lines))
