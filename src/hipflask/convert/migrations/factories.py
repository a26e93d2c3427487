"""Finds the app or its factory, so that ``alembic`` can run without ``flask``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from ...project import File, dotted, parse

FACTORIES = ("create_app", "make_app")


def find(files: list[File], prefix: str) -> tuple[str, str] | None:
    """Return the import and the expression that create the app, or None if they are not unique.

    :param files: the Python files of the project.
    :param prefix: the folder that its modules are imported from.
    """
    found = sorted(
        {(depth, statement, app) for file in files for depth, statement, app in _in(file, prefix)}
    )
    if not found or [depth for depth, *_ in found].count(found[0][0]) > 1:
        return None
    _, statement, app = found[0]
    return statement, app


def _in(file: File, prefix: str) -> Iterator[tuple[int, str, str]]:
    path = PurePosixPath(file.path)
    if "app" not in file.text or path.suffix != ".py" or _is_test(path):
        return
    try:
        tree = parse(file.text)
    except SyntaxError:
        return
    parts = list(path.with_suffix("").parts)
    inside = [] if prefix in ("", ".") else list(PurePosixPath(prefix).parts)
    if parts[: len(inside)] != inside or not all(part.isidentifier() for part in parts):
        return
    parts = parts[len(inside) :]
    if parts[-1] == "__init__":
        parts.pop()
    if not parts or _migrates(tree):
        return
    module = ".".join(parts)
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name, args=arguments) if name in FACTORIES:
                if not _needs_arguments(arguments):
                    yield len(parts), f"from {module} import {name}", f"{name}()"
            case ast.Assign(
                targets=[ast.Name(id="app" | "application" as name)], value=ast.Call(func=maker)
            ) if dotted(maker).rpartition(".")[2] in ("Flask", *FACTORIES):
                yield len(parts) + 100, f"from {module} import {name}", name


def _is_test(path: PurePosixPath) -> bool:
    return any(part.startswith(("test", "conftest", "example")) for part in path.parts)


def _needs_arguments(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional > len(arguments.defaults) or None in arguments.kw_defaults


def _migrates(tree: ast.Module) -> bool:
    """Return whether creating the app runs migrations: then ``env.py`` cannot create it."""
    return any(
        isinstance(node, ast.ImportFrom)
        and "migrat" in (node.module or "")
        and any(alias.name in ("upgrade", "stamp") for alias in node.names)
        for node in ast.walk(tree)
    )
