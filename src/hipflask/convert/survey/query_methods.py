"""The methods that Flask-SQLAlchemy adds to queries: which calls of them become functions.

``User.query.paginate(page=2)`` becomes ``paginate(User.query, page=2)``, unless the receiver may be
something else than a query, or a test replaces the method.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ...project import (
    Class,
    Database,
    DatabaseAttribute,
    External,
    Index,
    Module,
    Scope,
    Source,
    Value,
    parse,
)
from .home import is_example
from .project import Project, QueryMethods
from .reading import Reading

METHODS = ("paginate", "get_or_404", "first_or_404", "one_or_404")
MENTIONED = re.compile(rf"\b(?:{'|'.join(METHODS)})\b")
CALLED = re.compile(rf"\.({'|'.join(METHODS)})\b")
# A name in a test that stands for the method: ``patch("app.models.User.query.paginate")``.
REPLACED = re.compile(rf"(?:([\w.]+)\.)?({'|'.join(METHODS)})((?:\.\w+)*)")
# Functions that are given the name of a method, as in ``patch.object(query, "paginate")``.
REPLACING = ("object", "setattr", "delattr", "getattr", "hasattr")
ARGUMENTS = {
    "paginate": {"page", "per_page", "error_out", "max_per_page", "count"},
    "get_or_404": {"ident", "description"},
    "first_or_404": {"description"},
    "one_or_404": {"description"},
}
QUERY_CLASSES = {
    External("flask_sqlalchemy.BaseQuery"),
    External("flask_sqlalchemy.query.Query"),
    External("sqlalchemy.orm.Query"),
    External("sqlalchemy.orm.query.Query"),
    DatabaseAttribute("Query"),
}
# Methods of a query that return a query.
CHAINED = frozenset(
    """
    add_columns add_entity distinct enable_eagerloads except_ execution_options filter filter_by
    from_self group_by having intersect join limit offset options order_by outerjoin
    populate_existing reset_joinpoint select_entity_from select_from union union_all where
    with_entities with_for_update yield_per
    """.split()  # noqa: SIM905
)
# Libraries whose own objects have methods of these names.
OTHER_LIBRARIES = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+(?:flask_mongoengine|mongoengine|peewee|playhouse)\b",
    re.MULTILINE,
)


def read(
    index: Index, known: Project, python: Mapping[str, str], moved: dict[str, ast.stmt]
) -> QueryMethods:
    """Return how the project uses the methods.

    :param python: the text of each Python file by its path.
    :param moved: the definitions that are moved to the new module unchanged.
    """
    texts = {path: text for path, text in python.items() if MENTIONED.search(text)}
    files: list[Reading] = []
    kept: set[str] = set()
    for path, text in texts.items():
        if index.modules[path].error is not None or known.skipped_rules & {"pages", "not_found"}:
            kept |= set(CALLED.findall(text))
        else:
            files.append(Reading(path, Source(text), parse(text), known))
            files[-1].moved = moved if path == known.home else {}
    defined: set[str] = set()
    for file in files:
        for method, owner in _definitions(file):
            if is_example(file.path) or _is_query_class(owner, file):
                kept.add(method)
            else:
                defined.add(method)
        kept |= set(_replaced(file))
    found = QueryMethods(
        frozenset(kept),
        frozenset(kept),
        frozenset(defined),
        any(OTHER_LIBRARIES.search(text) for text in python.values()) if files else False,
        frozenset(_dynamic(python.values())) if defined else frozenset(),
    )
    project = replace(known, query_methods=found)
    left: set[str] = set(kept)
    for file in files:
        file.project = project
        left |= {
            node.func.attr
            for use in file.scopes.uses
            if isinstance(node := use.node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and (file.is_moved(node) or stays(node, use.scope, file))
        }
    return replace(found, left=frozenset(left))


def becomes_function(call: ast.Call, scope: Scope, file: Reading) -> bool:
    """Return whether a call of one of the methods becomes a call of the function."""
    assert isinstance(call.func, ast.Attribute)
    methods = file.project.query_methods
    if call.func.attr in methods.kept or _is_of_another(call, scope, file):
        return False
    return not (methods.rivals or call.func.attr in methods.defined) or _is_query(
        call.func.value, scope, file
    )


def stays(call: ast.Call, scope: Scope, file: Reading) -> bool:
    """Return whether a call stays that of a method of a query, or of what may be a query."""
    return not _is_of_another(call, scope, file) and not becomes_function(call, scope, file)


def _is_of_another(call: ast.Call, scope: Scope, file: Reading) -> bool:
    """Return whether a call is certainly not that of a query's method."""
    assert isinstance(call.func, ast.Attribute)
    receiver, method = call.func.value, call.func.attr
    parent = file.parents.get(id(call))
    if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return True  # a decorator
    if not {keyword.arg for keyword in call.keywords} - {None} <= ARGUMENTS[method]:
        return True
    value = file.value(receiver, scope)
    if isinstance(value, Database | Module | Class):
        return True
    if isinstance(value, External) and "()" not in value.name:
        return not value.name.endswith(".query")
    if isinstance(value, External) and _is_instance(value):
        return True
    if ast.unparse(receiver) in ("self", "cls", "super()"):
        return not _is_in_query_class(scope, file)
    return "paginator" in ast.unparse(receiver).lower()  # as boto3 has them


def _is_instance(value: External) -> bool:
    """Return whether a value is an object of a library's class, such as ``FlatPages(app)``."""
    package, _, name = value.name.removesuffix("()").rpartition(".")
    is_of_sqlalchemy = package.partition(".")[0] in ("sqlalchemy", "flask_sqlalchemy")
    return name[:1].isupper() and "()" not in package and not is_of_sqlalchemy


def _is_query(node: ast.expr, scope: Scope, file: Reading, depth: int = 0) -> bool:
    """Return whether an expression is certainly a query."""
    match node:
        case ast.Attribute(attr="query"):
            return True
        case ast.Attribute():
            return node.attr in file.project.query_methods.dynamic
        case ast.Call(func=ast.Attribute(attr="query")):
            return True
        case ast.Call(func=ast.Attribute(attr=method, value=receiver)) if method in CHAINED:
            rivals = file.project.query_methods.rivals
            return not rivals or _is_query(receiver, scope, file, depth)
        case ast.Name(id=name) if depth < 9:
            bindings = scope.lookup(name)
            own = [b for b in bindings if not _extends(b.value, name)]
            return bool(own) and all(
                b.value is not None and _is_query(b.value, b.scope, file, depth + 1) for b in own
            )
    return False


def _extends(value: ast.expr | None, name: str) -> bool:
    """Return whether a value is a chain of methods of a query on the name itself."""
    while (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in CHAINED
    ):
        value = value.func.value
        if isinstance(value, ast.Name) and value.id == name:
            return True
    return False


def _definitions(file: Reading) -> Iterator[tuple[str, ast.ClassDef]]:
    for use in file.scopes.uses:
        if isinstance(use.node, ast.ClassDef):
            for child in use.node.body:
                if isinstance(child, ast.FunctionDef) and child.name in METHODS:
                    yield child.name, use.node


def _replaced(file: Reading) -> Iterator[str]:
    """Yield the methods that are replaced or looked at, and not only called."""
    for use in file.scopes.uses:
        node, parent = use.node, use.parent
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            called = isinstance(parent, ast.Call) and parent.func is node
            if not called and _is_looked_at(node, use.scope, file):
                yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = REPLACED.fullmatch(node.value)
            if match is not None and _names_method(match, parent, file):
                yield match[2]
        elif isinstance(node, ast.keyword) and node.arg in METHODS and is_example(file.path):
            yield node.arg


def _is_looked_at(node: ast.Attribute, scope: Scope, file: Reading) -> bool:
    if is_example(file.path):  # perhaps of a mock
        value = file.value(node.value, scope)
        return not isinstance(value, Database | Module | Class | External)
    return _is_query(node.value, scope, file) or file.value(node.value, scope) in QUERY_CLASSES


def _names_method(match: re.Match[str], parent: ast.AST, file: Reading) -> bool:
    """Return whether a string names a method of a query, and no function of a module."""
    before, _, behind = match.groups()
    if before is None and not behind:
        return isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith(REPLACING)
    if not is_example(file.path) or before == file.project.name:
        return False
    return before is None or not (
        before.endswith(f".{file.project.name}") or file.index.find(file.path, before, 0)
    )


def _is_in_query_class(scope: Scope, file: Reading) -> bool:
    around = next((s.node for s in scope.enclosing() if isinstance(s.node, ast.ClassDef)), None)
    return around is not None and _is_query_class(around, file)


def _is_query_class(node: ast.ClassDef, file: Reading) -> bool:
    value = file.index.lookup(file.path, node.name)
    if isinstance(value, Class):
        return _extends_query(value, file.index)
    return any(file.value(base, file.scopes.module) in QUERY_CLASSES for base in node.bases)


def _extends_query(value: Class, index: Index) -> bool:
    bases: list[Value] = [
        base for known in (value, *index.ancestors(value)) for base in index.bases(known)
    ]
    return any(base in QUERY_CLASSES for base in bases)


def _dynamic(texts: Iterable[str]) -> Iterator[str]:
    """Yield the names of the relationships whose value is a query."""
    for text in texts:
        if "dynamic" in text:
            yield from re.findall(
                r"^[ \t]*(\w+)\b[^=\n]*=[^=\n]*\b(?:relationship|relation)\("
                r"(?:[^()]|\([^()]*\))*?\blazy\s*=\s*[\"']dynamic[\"']",
                text,
                re.MULTILINE,
            )
            yield from re.findall(
                r"\bbackref\(\s*[\"'](\w+)[\"'][^()]*\blazy\s*=\s*[\"']dynamic[\"']", text
            )
