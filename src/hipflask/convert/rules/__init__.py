"""The rules, each in a file of its own, registered by being there.

Goes in: the survey of a project. Comes out: each of its files as the rules rewrite it, with what it
needs of the new module (`rewrite`).

A rule has ``NODES``, the kinds of ``ast`` nodes that it wants to see, and ``rewrite(use, file)``,
which is called for each of them in each file. All rules work in one visit, and see the file as it
was read.

May import: ``hipflask.project``, ``survey``, ``rewriting``; a rule also a rule.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from typing import Protocol, cast

from ...project import FLASK_SQLALCHEMY, Finding, OverlapError, Source, Use, each
from ..rewriting import File, Rewritten, finish
from ..survey import OLD_NAMES, Project, Settings, Survey

# The rules that ask SQLAlchemy, or the new module, in place of the ``db``.
ASKED_OF_DB = frozenset({"session", "base", "library", "engine", "metadata", "relationship"})


class Rule(Protocol):
    """A module of this folder."""

    NODES: tuple[type[ast.AST], ...]

    def rewrite(self, use: Use, file: File) -> None:
        """Rewrite one place, or leave it to a person."""


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its name, which is that of its file."""
    return {
        module.name: cast(Rule, import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
    }


def rewrite(seen: Survey, progress: Callable[[int, int], None]) -> Iterator[Rewritten]:
    """Yield what becomes of each file that can have something to convert.

    :param progress: told how many files are done, and of how many.
    """
    assert seen.project is not None
    project, index = seen.project, seen.project.index
    of_models = {known.path for known in index.classes() if index.is_model(known)}
    sources = [
        (path, text)
        for path, text in seen.python.items()
        if path in of_models or _concerns(path, text, project)
    ]
    visit = partial(rewrite_file, project=project, given=seen.given)
    for done, result in enumerate(each(visit, sources), 1):
        progress(done, len(sources))
        yield result


def _concerns(path: str, text: str, project: Project) -> bool:
    """Tell whether a file can have anything to convert: a cheap look at its text."""
    return (
        path == project.home
        or FLASK_SQLALCHEMY in text
        or ".query" in text
        or ("extensions" in text and "sqlalchemy" in text)
        or f"{project.name}." in text
        or f"import {project.name}" in text
        or (project.name in text and "import" in text)
        or any(f".{schema}" in text for schema in project.schemas)
        or (bool(project.schemas) and "flask_marshmallow" in text)
        or (project.stores_sessions and "flask_session" in text)
    )


def rewrite_file(source: tuple[str, str], project: Project, given: Settings) -> Rewritten:
    """Let every rule work on a file, which is its path and its text."""
    path, text = source
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        # It is left, and may well run by another Python.
        return Rewritten(path, None, [], OLD_NAMES)
    file = File(path, Source(text), tree, project)
    wanted: dict[type[ast.AST], list[str]] = {}
    every = rules()
    left: frozenset[str] = frozenset()
    if path in project.replaced_in:
        left = ASKED_OF_DB
        file.features.add("__getattr__")
        reason = (
            f"A test replaces the {project.name} of this module by name, so the module keeps "
            "asking it for everything; patch Session there, and convert again."
        )
        file.findings.append(Finding(path, 0, "patches", reason))
    for name, rule in every.items():
        if not file.is_skipped(name) and name not in left:
            for kind in rule.NODES:
                wanted.setdefault(kind, []).append(name)
    if path == project.home:
        file.moved = given.moved
        file.moved_imports = set(given.imports)
    for use in file.scopes.uses:
        if file.is_moved(use.node):
            continue  # it goes to the new module as it is
        for name in wanted.get(type(use.node), ()):
            every[name].rewrite(use, file)
    try:
        result = finish(file)
        if result is not None:
            ast.parse(result)
    except SyntaxError as error:
        reason = f"It would not compile any more (line {error.lineno}); the file is left as it is."
        return Rewritten(path, None, [Finding(path, 0, "conversion", reason)], OLD_NAMES)
    except OverlapError as error:
        reason = f"Two rules want to change the same text ({error}); the file is left as it is."
        return Rewritten(path, None, [Finding(path, 0, "conversion", reason)], OLD_NAMES)
    return Rewritten(path, result, file.findings, file.features)
