"""Flask-Alembic gets the metadata and the engine: ``Alembic(metadatas=Base.metadata)``.

It takes them from Flask-SQLAlchemy if it is told nothing else. The engine is known when the app is:
``alembic.engines`` is set before ``alembic.init_app(app)``, which must come after ``db.init_app(app)``.

https://flask-alembic.readthedocs.io/en/latest/use/
"""

from __future__ import annotations

import ast

from ...project import External, Use
from ..rewriting import File

NODES = (ast.Call,)
ALEMBIC = "flask_alembic.Alembic"


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Call)
    if file.value(node.func, use.scope) == External(ALEMBIC):
        _make(node, use, file)
    elif (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "init_app"
        and node.args
        and isinstance(use.parent, ast.Expr)
        and file.value(node.func.value, use.scope) == External(f"{ALEMBIC}()")
    ):
        source = file.source
        start = source.span(use.parent)[0]
        alembic, app = source.text_of(node.func.value), source.text_of(node.args[0])
        line = f'{alembic}.engines = {{"default": {_engine(app, file)}}}'
        source.replace(start, start, f"{line}{source.newline}{source.indentation(start)}")


def _make(node: ast.Call, use: Use, file: File) -> None:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if "metadatas" not in given:
        base = file.use_name("Base", None, use.scope)
        file.add_argument(node, f"metadatas={base}.metadata")
    app = node.args[0] if node.args else given.get("app")
    if app is not None and "engines" not in given:
        file.add_argument(node, f"engines={_engine(file.source.text_of(app), file)}")


def _engine(app: str, file: File) -> str:
    """Return how the default engine of an app is reached."""
    of_bind = "[None]" if "SQLALCHEMY_BINDS" in file.project.settings else ""
    return f'{app}.extensions["database"]{of_bind}'
