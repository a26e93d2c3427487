"""``User.query.paginate(page=2)`` becomes ``paginate(User.query, page=2)``.

``paginate()`` is a function of the new module, with the arguments that the project uses, and
returns a ``Pagination`` with the attributes that it uses. ``db.paginate(…)`` is the same function.
The call stays where the receiver may be something else than a query, or where a test replaces the
method: then the query class of the new module has it.

https://flask-sqlalchemy.readthedocs.io/en/stable/pagination/
"""

from __future__ import annotations

import ast

from ...project import Database, Scope, Use
from ..rewriting import File, call_function
from ..survey import becomes_function, stays

NODES = (ast.Call, ast.Attribute)
# In the order of Flask-SQLAlchemy 2, which takes them by position.
ARGUMENTS = ("page", "per_page", "error_out", "max_per_page")
FROM_REQUEST = {"page", "per_page"}
MAYBE_A_QUERY = (
    "The converter cannot tell whether this is a query. The session's queries have the method; "
    "paginate(query, …) would be explicit."
)
REPLACED = "A test or a class replaces paginate() of queries, so it is still called as a method."
ASSIGNED = (
    "The number of pages and has_next do not follow this assignment: they are computed once, when "
    "the page is made."
)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    if isinstance(node, ast.Attribute):
        _assignment(node, use.scope, file)
        return
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "paginate":
        return
    receiver = node.func.value
    if file.value(receiver, use.scope) == Database():
        file.features |= {"paginate", "paginate(select)", *_reached(node, 1, use.scope, file)}
        for keyword in node.keywords:
            if keyword.arg == "select":
                start = file.source.span(keyword)[0]
                file.source.replace(start, start + len("select"), "query")
    elif becomes_function(node, use.scope, file):
        file.features |= {"paginate(query)", *_reached(node, 0, use.scope, file)}
        name = file.use_name("paginate", file.root(receiver), use.scope)
        call_function(file, node, name, receiver)
    elif stays(node, use.scope, file):
        file.features |= {"paginate", "paginate(query)", *_reached(node, 0, use.scope, file)}
        kept = "paginate" in file.project.query_methods.kept
        file.report(node, "pages", REPLACED if kept else MAYBE_A_QUERY)


def _assignment(node: ast.Attribute, scope: Scope, file: File) -> None:
    """Look for ``page.total = …``."""
    if node.attr != "total" or isinstance(node.ctx, ast.Load):
        return
    root = node.value
    if isinstance(root, ast.Name) and any(
        isinstance(binding.value, ast.Call) and _is_paginate(binding.value.func)
        for binding in scope.lookup(root.id)
    ):
        if file.project.generation == 2:
            file.report(node, "pages", ASSIGNED)
        else:
            file.features.add("own pages")


def _is_paginate(function: ast.expr) -> bool:
    return getattr(function, "attr", getattr(function, "id", "")) == "paginate"


def _reached(call: ast.Call, skipped: int, scope: Scope, file: File) -> set[str]:
    """Return what a call can reach of ``paginate()``.

    :param skipped: the number of arguments before those of the page.
    """
    given = {keyword.arg or "**": keyword.value for keyword in call.keywords}
    given |= dict(zip(ARGUMENTS, call.args[skipped:], strict=False))
    found = {f"paginate({name})" for name in given}
    if "**" in given or any(isinstance(argument, ast.Starred) for argument in call.args):
        found |= {f"paginate({name})" for name in (*ARGUMENTS, "count")}
        found |= {f"paginate({name}{what})" for name in FROM_REQUEST for what in ("=None", "<1")}
    for name in FROM_REQUEST:
        value = given.get(name)
        if value is None or _may_be_none(value, scope, file):
            found.add(f"paginate({name}=None)")
        if value is None or not _is_constant(value):
            found.add(f"paginate({name}<1)")
    return found


def _is_constant(node: ast.expr) -> bool:
    """Return whether an expression is a number that the developer chose."""
    match node:
        case ast.Constant(value=int(number)):
            return number > 0
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.Subscript(value=ast.Attribute(attr="config") | ast.Name(id="config")):
            return True
        case ast.Call(func=ast.Attribute(attr="get", value=owner), args=[_, default]):
            is_config = isinstance(owner, ast.Attribute) and owner.attr == "config"
            return is_config and _is_constant(default)
    return False


def _may_be_none(node: ast.expr | None, scope: Scope, file: File, depth: int = 0) -> bool:
    """Return whether an expression may be None, as far as it can be seen from here."""
    match node:
        case ast.Constant(value=value):
            return value is None
        case ast.BinOp():
            return False
        case ast.BoolOp(op=ast.Or(), values=[*_, last]):
            return _may_be_none(last, scope, file, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return any(_may_be_none(child, scope, file, depth) for child in (body, orelse))
        case ast.Call(func=ast.Name(id="abs" | "int" | "max" | "min")):
            return False
        case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="args" | "values"))):
            default = next((k.value for k in node.keywords if k.arg == "default"), None)
            default = node.args[1] if len(node.args) > 1 else default
            return default is None or _may_be_none(default, scope, file, depth)
        case ast.Name(id=name) if depth < 9 and (bindings := scope.lookup(name)):
            return any(
                not _is_int(b.node, b.scope.node)
                if isinstance(b.node, ast.arg)
                else b.value is None or _may_be_none(b.value, b.scope, file, depth + 1)
                for b in bindings
            )
    return node is None or not _is_constant(node)


def _is_int(parameter: ast.arg, function: ast.AST) -> bool:
    """Return whether a parameter is always a number: by its annotation or by the URL."""
    if isinstance(parameter.annotation, ast.Name):
        return parameter.annotation.id == "int"
    decorators = [ast.unparse(node) for node in getattr(function, "decorator_list", [])]
    return any(f"<int:{parameter.arg}>" in said for said in decorators)
