"""One visit of one file, in which every rule works."""

from __future__ import annotations

import ast

from .findings import Finding
from .project import Project
from .rewriting import File, Rewritten
from .rules import rules
from .settings import Settings
from .source import OverlapError, Source

# What the new module needs for a file that is left as it was.
OLD_NAMES = {"__getattr__", "get_engines", "query", "QueryProperty"}
# The rules that ask SQLAlchemy, or the new module, in place of the ``db``.
ASKED_OF_DB = frozenset({"session", "base", "library", "engine", "metadata", "relationship"})


def rewrite(source: tuple[str, str], project: Project, given: Settings) -> Rewritten:
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
        result = file.finish()
        if result is not None:
            ast.parse(result)
    except SyntaxError as error:
        reason = f"It would not compile any more (line {error.lineno}); the file is left as it is."
        return Rewritten(path, None, [Finding(path, 0, "conversion", reason)], OLD_NAMES)
    except OverlapError as error:
        reason = f"Two rules want to change the same text ({error}); the file is left as it is."
        return Rewritten(path, None, [Finding(path, 0, "conversion", reason)], OLD_NAMES)
    return Rewritten(path, result, file.findings, file.features)
