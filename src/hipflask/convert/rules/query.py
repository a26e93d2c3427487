"""``User.query`` becomes ``Session.query(User)``.

A model with its own query class becomes ``User.query_class(User, Session())``. Where the model is
known only at run time (``model.query`` with ``model`` a parameter), the code is not changed, and
``Base`` gets a ``query`` that does the same. A column called ``query`` is not converted. The result
of SQLAlchemy-Continuum's ``version_class`` counts as a model.

https://flask-sqlalchemy.readthedocs.io/en/stable/legacy-query/
"""

from __future__ import annotations

import ast

from ...project import Class, Database, DatabaseAttribute, External, Finding, Module, Scope, Use
from ..rewriting import File

NODES = (ast.Attribute,)
REASON = (
    "The converter cannot tell whether this is a model. It still works through "
    "`Base.query`; Session.query(...) would be explicit."
)

# Functions that return an alias of a model, which has the query of the model.
ALIASES = {External(f"sqlalchemy.orm.{name}()") for name in ("aliased", "with_polymorphic")}
# Methods of a model's query, but not of the query of a URL or a request.
METHODS = frozenset(
    """
    distinct filter filter_by first_or_404 get_or_404 group_by join limit offset one_or_404
    options order_by outerjoin paginate with_entities
    """.split()  # noqa: SIM905
)
VERSION_CLASS = External("sqlalchemy_continuum.version_class()")


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.Attribute)
    if node.attr != "query" or not isinstance(node.ctx, ast.Load) or id(node) in file.rewritten:
        return
    owner = node.value
    value = file.value(owner, use.scope)
    if isinstance(value, Class):
        said = file.source.text_of(owner)
        if not file.index.is_model(value):
            if value in file.index.mixins():
                keep(node, file)
            return
        model: Class | None = value
    elif value == VERSION_CLASS:
        said = file.source.text_of(owner)
        file.replace(node, f"{file.use_name_near('Session', None, use.scope)}.query({said})")
        return
    elif (
        (isinstance(value, External) and "()" not in value.name)
        or isinstance(value, Database | Module)
        or (isinstance(value, DatabaseAttribute) and value.name != "Model")
    ):
        return
    else:
        model, said = of_method(owner, use, file)
        if model is None:
            if value in (DatabaseAttribute("Model"), *ALIASES) or is_perhaps_query(use, file):
                keep(node, file)
            return
    assert model is not None
    if isinstance(owner, ast.Name) and (file.path, owner.id) in file.project.patched_models:
        bound = use.scope.lookup(owner.id)
        keep_patched(owner.id, file.path, getattr(bound[0].node, "lineno", 0) if bound else 0, file)
        return
    kind = attribute_of(model, file)
    if kind == "left":
        keep(node, file)
    elif kind == "replaced":
        keep_patched_query(model, file)
    if kind in ("column", "left", "replaced"):
        return
    anchor = owner if isinstance(file.root(owner), ast.Name) else None
    session = file.use_name_near("Session", anchor, use.scope)
    if kind == "class":
        file.replace(node, f"{said}.query_class({said}, {session}())")
    else:
        file.replace(node, f"{session}.query({said})")


def model_of(node: ast.Attribute, use: Use, file: File) -> str | None:
    """Return how to write the model whose plain query an expression is, if it is one."""
    owner = node.value
    if node.attr != "query":
        return None
    value = file.value(owner, use.scope)
    if isinstance(value, Class):
        model: Class | None = value if file.index.is_model(value) else None
        said = file.source.text_of(owner)
    else:
        model, said = of_method(owner, use, file)
    is_patched = (
        isinstance(owner, ast.Name) and (file.path, owner.id) in file.project.patched_models
    )
    if model is None or is_patched or attribute_of(model, file) != "plain":
        return None
    return said


def keep(node: ast.AST, file: File) -> None:
    file.features.update(("query", "QueryProperty"))
    file.report(node, "query", REASON)


def keep_patched_query(model: Class, file: File) -> None:
    """Keep the query of a model that a test patches; report it once per model."""
    known = next(
        known
        for known in (model, *file.index.ancestors(model))
        if known.name in file.project.patched_queries
    )
    info = file.index.class_info(known)
    keep_patched(f"{known.name}.query", known.path, info.line if info else 0, file)


def keep_patched(name: str, path: str, line: int, file: File) -> None:
    """Keep what a test patches, and report where it is defined."""
    file.features.update(("query", "QueryProperty"))
    reason = (
        "A test patches the query of a model, so it was kept. Patch Session instead, and convert "
        "again."
    )
    file.findings.append(Finding(path, line, "query", reason, name))


def of_method(owner: ast.expr, use: Use, file: File) -> tuple[Class | None, str]:
    """Return the model that ``cls`` or ``self`` refers to in a method, and how to write it."""
    if not isinstance(owner, ast.Name):
        return None, ""
    for scope in use.scope.enclosing():
        if owner.id not in scope.bindings:
            continue
        arguments = getattr(scope.node, "args", None)
        if not isinstance(arguments, ast.arguments) or scope.parent is None:
            return None, ""
        first = [*arguments.posonlyargs, *arguments.args][:1]
        if not first or first[0].arg != owner.id or len(scope.bindings[owner.id]) > 1:
            return None, ""
        inside = scope.parent
        if not isinstance(inside.node, ast.ClassDef):
            return None, ""
        found = class_in(inside, file)
        if found is None or not (file.index.is_model(found) or found in file.index.mixins()):
            return None, ""
        decorators = {
            d.id for d in getattr(scope.node, "decorator_list", []) if isinstance(d, ast.Name)
        }
        if "staticmethod" in decorators:
            return None, ""
        is_class = "classmethod" in decorators or owner.id in ("cls", "klass")
        return found, owner.id if is_class else f"type({owner.id})"
    return None, ""


def class_in(scope: Scope, file: File) -> Class | None:
    for use in file.scopes.uses:
        if use.node is scope.node:
            return file.class_of(use)
    return None


def attribute_of(model: Class, file: File) -> str:
    """Return what ``query`` is: plain, class (of a query class), column, replaced or left."""
    kind = "plain"
    for known in (model, *file.index.ancestors(model)):
        info = file.index.class_info(known)
        if info is None:
            continue
        if "query" in info.names:
            return "column"
        if "query_class" in info.names:
            kind = "class"
        if known.name in file.project.patched_queries:
            return "replaced"
    # A subclass may define its own.
    if kind == "plain" and model.name and file.index.has_subclass_with(model, "query_class"):
        return "left"
    return kind


def is_perhaps_query(use: Use, file: File) -> bool:
    """Return whether ``x.query`` may be that of a model, if nothing is known about ``x``."""
    parent = file.parents.get(id(use.node))
    if isinstance(parent, ast.Call) and parent.func is use.node:
        return False
    assert isinstance(use.node, ast.Attribute)
    owner = use.node.value
    if isinstance(owner, ast.Name) and owner.id == "self":
        return False
    said = file.source.text_of(owner).lower()
    if isinstance(parent, ast.Attribute) and parent.attr in METHODS:
        return "mock" not in said
    if any(word in said for word in ("mock", "request", "url", "parse", "session", "pagination")):
        return False
    return isinstance(parent, ast.Attribute | ast.Call | ast.Return | ast.Assign)
