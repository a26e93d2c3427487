"""The rules: each file in this directory is one, and is registered by being here.

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
from pathlib import Path
from typing import Protocol, cast

from ...project import (
    FLASK_SQLALCHEMY,
    Database,
    Finding,
    OverlapError,
    Source,
    Use,
    is_newer,
    map_files,
    parse,
    parse_elsewhere,
)
from ..rewriting import File, Rewritten, finish
from ..survey import (
    COMPATIBILITY_FEATURES,
    METHODS,
    Constructor,
    Project,
    Survey,
    features_of,
)

# The rules that replace an attribute of the ``db`` by a name of SQLAlchemy or the new module.
DB_ATTRIBUTE_RULES = frozenset({"session", "base", "library", "engine", "metadata", "relationship"})


class Rule(Protocol):
    """A module in this directory."""

    NODES: tuple[type[ast.AST], ...]

    def rewrite(self, use: Use, file: File) -> None:
        """Rewrite a node, or report it."""


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its name, which is its file name."""
    return {
        module.name: cast(Rule, import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
    }


def rewrite(seen: Survey, progress: Callable[[int, int], None]) -> Iterator[Rewritten]:
    """Apply the rules to each file that may contain something to convert.

    :param progress: called with the number of files done, and of all files.
    """
    assert seen.project is not None
    project, index = seen.project, seen.project.index
    of_models = {known.path for known in index.classes() if index.is_model(known)}
    sources = [
        (path, text)
        for path, text in seen.python.items()
        if path in of_models or _concerns(path, text, project)
    ]
    visit = partial(rewrite_file, project=project, given=seen.constructor)
    here = [source for source in sources if not is_newer(source[1])]
    for done, result in enumerate(map_files(visit, here), 1):
        progress(done, len(sources))
        yield result
    # Their trees are in this process.
    newer = [visit(source) for source in sources if is_newer(source[1])]
    yield from _compiled(newer, seen.interpreter)
    progress(len(sources), len(sources))


def _concerns(path: str, text: str, project: Project) -> bool:
    """Return whether a file may contain something to convert, by a quick look at its text."""
    return (
        path == project.home
        or FLASK_SQLALCHEMY in text
        or "SQLAlchemy" in text
        or ".query" in text
        or any(f".{method}" in text for method in METHODS)
        or ("extensions" in text and "sqlalchemy" in text)
        or f"{project.name}." in text
        or f"import {project.name}" in text
        or (project.name in text and "import" in text)
        or any(f".{schema}" in text for schema in project.schemas)
        or (bool(project.schemas) and "flask_marshmallow" in text)
        or (project.stores_sessions and "flask_session" in text)
        or "flask_alembic" in text
    )


def rewrite_file(source: tuple[str, str], project: Project, given: Constructor) -> Rewritten:
    """Apply every rule to a file, given as its path and its text."""
    path, text = source
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError):
        # It is not changed, and may run with another Python version.
        return Rewritten(path, None, [], COMPATIBILITY_FEATURES, is_unread=True)
    file = File(path, Source(text), tree, project)
    wanted: dict[type[ast.AST], list[str]] = {}
    every = rules()
    left: frozenset[str] = frozenset()
    if path in project.patched_in:
        left = DB_ATTRIBUTE_RULES
        file.features |= features_of(_asked_of_database(file))
        reason = (
            f"A test patches the {project.name} of this module, so the module still uses it "
            "for everything. Patch Session instead, and convert again."
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
            continue  # it is moved to the new module unchanged
        for name in wanted.get(type(use.node), ()):
            every[name].rewrite(use, file)
    try:
        result = finish(file)
        if result is not None and not is_newer(text):
            ast.parse(result)
    except SyntaxError as error:
        return _left(path, f"The converted file would not compile (line {error.lineno})")
    except OverlapError as error:
        return _left(path, f"Two rules change the same text ({error})")
    keeps_order = result is not None and file.first_import is not None
    return Rewritten(path, result, file.findings, file.features, keeps_order=keeps_order)


def _compiled(files: list[Rewritten], interpreter: Path | None) -> Iterator[Rewritten]:
    """Yield files of a newer Python, unchanged if the project's Python cannot parse the result."""
    texts = {file.path: file.text for file in files if file.text is not None}
    parsed = parse_elsewhere(interpreter, texts) if interpreter is not None and texts else set()
    for file in files:
        is_sound = file.text is None or file.path in parsed
        yield file if is_sound else _left(file.path, "The converted file would not compile")


def _left(path: str, why: str) -> Rewritten:
    """Return a file that stays as it is."""
    finding = Finding(path, 0, "conversion", f"{why}, so it was not changed.")
    return Rewritten(path, None, [finding], COMPATIBILITY_FEATURES)


def _asked_of_database(file: File) -> set[str]:
    """Return the attributes of the ``db`` that a file uses."""
    return {
        use.node.attr
        for use in file.scopes.uses
        if isinstance(use.node, ast.Attribute)
        and file.value(use.node.value, use.scope) == Database()
    }
