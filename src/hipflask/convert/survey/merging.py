"""Lets a second ``db`` that has no models be the first one."""

from __future__ import annotations

import ast
from dataclasses import replace

from ...project import Database, Index, Source, parse
from .constructor import assignment, call_of
from .home import models_of

Home = tuple[str, str]
# Who passes another argument to a second db means more by it.
ARGUMENTS = {"app", "use_native_unicode"}


def merged(index: Index, python: dict[str, str], homes: list[Home]) -> dict[str, str | None]:
    """Let every ``db`` without models be the one that has them, if they belong to one app."""
    full = [home for home in homes if models_of(index, home)]
    if len(full) != 1 or not all(_are_of_one_app(index, full[0], home) for home in homes):
        return {}
    (first,) = full
    calls = {home: _call(python, home) for home in homes}
    inits = _calls_of_init_app(index, python, homes)
    if inits is None or any(
        call is None or not {keyword.arg for keyword in call.keywords} <= ARGUMENTS
        for home, call in calls.items()
        if home != first
    ):
        return {}
    is_initialized = any(home == first for home, *_ in inits) or bool(_apps(calls[first]))
    sources = {path: Source(python[path]) for path in python}
    for path, name in homes:
        if (path, name) == first:
            continue
        source = sources[path]
        statement = assignment(parse(source.text), name)
        assert statement is not None
        given = first[1] if first[1] == name else f"{first[1]} as {name}"
        lines = [f"from {index.module_name(first[0])} import {given}"]
        for app in map(source.text_of, _apps(calls[path, name])):
            if not is_initialized:
                lines += [f"{name}.init_app({app})", f"{name}.app = {app}"]
                is_initialized = True
        source.replace(*source.span(statement), source.newline.join(lines))
    for home, path, statement in inits:
        if home == first or not is_initialized:
            is_initialized = True
            continue
        sources[path].replace(*sources[path].span(statement), "pass")
    return {path: source.result() for path, source in sources.items() if source.edits}


def _call(python: dict[str, str], home: Home) -> ast.Call | None:
    """Return the call that makes a ``db``; None if it is not at the top of its module."""
    statement = assignment(parse(python[home[0]]), home[1])
    return call_of(statement) if statement is not None else None


def _apps(call: ast.Call | None) -> list[ast.expr]:
    """Return the app that a ``db`` is made for, if it is."""
    if call is None:
        return []
    return [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "app")]


def _calls_of_init_app(
    index: Index, python: dict[str, str], homes: list[Home]
) -> list[tuple[Home, str, ast.stmt]] | None:
    """Return where each ``db`` gets its app: its home, the file, the statement.

    :return: None if it is not known which ``db`` is meant somewhere.
    """
    alone = {home: _without_others(index, home, homes) for home in homes}
    names = {name for _, name in homes}
    found: list[tuple[Home, str, ast.stmt]] = []
    for path, text in python.items():
        if ".init_app(" not in text or index.modules[path].error is not None:
            continue
        for node in ast.walk(parse(text)):
            match node:
                case ast.Expr(
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="init_app"))
                ):
                    meant = [h for h in homes if alone[h].lookup(path, name) == Database()]
                    found += [(home, path, node) for home in meant]
                    if not meant and name in names:
                        return None
    return found


def _without_others(index: Index, home: Home, homes: list[Home]) -> Index:
    """Return an index in which only one ``db`` is known."""
    modules = dict(index.modules)
    for path, name in homes:
        if (path, name) != home:
            names = {known: v for known, v in modules[path].names.items() if known != name}
            modules[path] = replace(modules[path], names=names)
    return Index(modules, index.roots)


def _are_of_one_app(index: Index, first: Home, second: Home) -> bool:
    """Return whether one module imports the other, directly or by way of others."""
    return any(
        path in index.reached([other], submodules=False)
        for (path, _), (other, _) in ((first, second), (second, first))
    )
