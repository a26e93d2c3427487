"""Finds the pytest fixtures that return the ``db``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from ...project import Database, Index

Function = ast.FunctionDef | ast.AsyncFunctionDef


def find(index: Index, python: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return the file and the name of each fixture that returns or yields the ``db``.

    :param python: paths and texts.
    """
    return frozenset(
        (path, name)
        for path, text in python
        if "fixture" in text and index.modules[path].error is None
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function)
        for name in _names(node)
        if _gives_database(node, path, index)
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


def _gives_database(node: Function, path: str, index: Index) -> bool:
    imported = {
        alias.asname or alias.name: (child.module or "", child.level, alias.name)
        for child in ast.walk(node)
        if isinstance(child, ast.ImportFrom)
        for alias in child.names
    }
    parameters = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    given = [
        child.value.id
        for child in ast.walk(node)
        if isinstance(child, ast.Return | ast.Yield) and isinstance(child.value, ast.Name)
    ]
    bound = {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    }
    return bool(given) and all(
        name not in parameters | bound
        and Database()
        == (index.imported(path, *imported[name]) if name in imported else index.lookup(path, name))
        for name in given
    )
