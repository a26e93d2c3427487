"""Finds the pytest fixtures that return the ``db``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ...project import Database, Index, dotted, parse

DEPTH = 5  # of functions that return what another one returns

Function = ast.FunctionDef | ast.AsyncFunctionDef


def find(index: Index, python: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return the file and the name of each fixture that returns or yields the ``db``.

    :param python: the text of each Python file by its path.
    """
    return frozenset(
        (path, name)
        for path, text in python.items()
        if "fixture" in text and index.modules[path].error is None
        for node in ast.walk(parse(text))
        if isinstance(node, Function)
        for name in _names(node)
        if _gives_database(node, path, index, python)
    )


def reaches(fixture: str, path: str) -> bool:
    """Return whether the tests of a file can use the fixtures of another file."""
    of = PurePosixPath(fixture)
    return fixture == path or (
        of.name == "conftest.py" and PurePosixPath(path).is_relative_to(of.parent)
    )


def asks(node: ast.AST) -> bool:
    """Return whether a function is a test or a fixture, whose parameters are fixtures."""
    return isinstance(node, Function) and (node.name.startswith("test") or any(_names(node)))


def _names(node: Function) -> Iterator[str]:
    """Yield the name of a fixture; nothing for any other function."""
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if ast.unparse(call.func if call else decorator).rpartition(".")[2] != "fixture":
            continue
        said = [k.value for k in call.keywords if k.arg == "name"] if call else []
        yield str(said[0].value) if said and isinstance(said[0], ast.Constant) else node.name


def _gives_database(
    node: Function, path: str, index: Index, python: Mapping[str, str], depth: int = 0
) -> bool:
    """Return whether all that a function returns or yields is the ``db``."""
    imported = {
        alias.asname or alias.name: (child.module or "", child.level, alias.name)
        for child in _own_nodes(node)
        if isinstance(child, ast.ImportFrom)
        for alias in child.names
    }
    parameters = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    given = [
        child.value
        for child in _own_nodes(node)
        if isinstance(child, ast.Return | ast.Yield)
        and isinstance(child.value, ast.Name | ast.Call)
    ]
    bound = [
        child.id
        for child in _own_nodes(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    ]
    assigned = {
        child.targets[0].id: child.value
        for child in _own_nodes(node)
        if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name)
    }
    local = parameters | {*bound}

    def is_given(value: ast.expr) -> bool:
        if isinstance(value, ast.Call):
            name = dotted(value.func)
            if not name or name.partition(".")[0] in local or depth > DEPTH:
                return False
            return _call_gives_database(name, imported, path, index, python, depth)
        assert isinstance(value, ast.Name)
        if value.id in local:
            # `made = create()`, then `return made`.
            once = assigned.get(value.id) if bound.count(value.id) == 1 else None
            return isinstance(once, ast.Call) and is_given(once)
        if value.id in imported:
            return index.imported(path, *imported[value.id]) == Database()
        return index.lookup(path, value.id) == Database()

    return bool(given) and all(map(is_given, given))


def _call_gives_database(
    name: str,
    imported: Mapping[str, tuple[str, int, str]],
    path: str,
    index: Index,
    python: Mapping[str, str],
    depth: int,
) -> bool:
    """Return whether a function of the project returns the ``db``."""
    found = index.function(path, name, imported)
    if found is None or index.modules[found[0]].error is not None:
        return False
    return any(
        isinstance(child, Function)
        and child.name == found[1]
        and _gives_database(child, found[0], index, python, depth + 1)
        for child in parse(python[found[0]]).body
    )


def _own_nodes(node: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of the functions in it."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        child = todo.pop()
        yield child
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            todo += ast.iter_child_nodes(child)
