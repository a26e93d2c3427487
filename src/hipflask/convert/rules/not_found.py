"""``User.query.get_or_404(id)`` becomes ``get_or_404(User, id)``.

``query.first_or_404()`` becomes ``first_or_404(query)``, and ``query.one_or_404()`` becomes
``one_or_404(query)``. These are functions of the new module; ``db.get_or_404(…)`` is the same
function. The call stays where the receiver may be something else than a query, or where a test
replaces the method: then the query class of the new module has it.

https://flask-sqlalchemy.readthedocs.io/en/stable/queries/#queries-for-views
"""

from __future__ import annotations

import ast

from ...project import Database, Use
from ..rewriting import File, call_function
from ..survey import becomes_function, stays
from . import query

NODES = (ast.Call,)
METHODS = ("get_or_404", "first_or_404", "one_or_404")
MAYBE_A_QUERY = (
    "The converter cannot tell whether this is a query. The session's queries have the method; "
    "a call of the function would be explicit."
)
REPLACED = "A test or a class replaces this method of queries, so it is still called as a method."


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
        return
    name, receiver = node.func.attr, node.func.value
    if file.value(receiver, use.scope) == Database():
        kind = "model" if name == "get_or_404" else "select"
        file.features |= {name, f"{name}({kind})"}
        _arguments(node, name, 2 if kind == "model" else 1, file)
    elif becomes_function(node, use.scope, file):
        kind = "query"
        function = file.use_name(name, file.root(receiver), use.scope)
        first = receiver
        if name == "get_or_404" and isinstance(receiver, ast.Attribute):
            model = query.model_of(receiver, use, file)
            if model is not None:
                kind, first = "model", receiver.value
                file.rewritten.add(id(receiver))
                if model != file.source.text_of(first):
                    file.replace(first, model)
        call_function(file, node, function, first)
        file.features.add(f"{name}({kind})")
        _arguments(node, name, 1 if name == "get_or_404" else 0, file)
    elif stays(node, use.scope, file):
        file.features |= {name, f"{name}(query)", f"{name}(description)"}
        is_kept = name in file.project.query_methods.kept
        file.report(node, "not_found", REPLACED if is_kept else MAYBE_A_QUERY)


def _arguments(call: ast.Call, name: str, before: int, file: File) -> None:
    """Note which arguments of a function a call uses.

    :param before: the number of arguments before the description.
    """
    keywords = {keyword.arg for keyword in call.keywords}
    if len(call.args) > before or {"description", None} & keywords:
        file.features.add(f"{name}(description)")
    if keywords - {"description", "ident", "entity", "statement"}:
        file.features.add(f"{name}(options)")
    for keyword in call.keywords:
        if keyword.arg == "statement":
            start = file.source.span(keyword)[0]
            file.source.replace(start, start + len("statement"), "query")
