"""Finds out whether a test or a script replaces the session of the ``db``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from ...project import Database, Scope, Source, Use, dotted, parse
from .project import Project
from .reading import Reading

SESSION = re.compile(r"\.session\b(?!\s*[.(])|[\"']session[\"']")
# What `x.session = …`, `with … as x.session` and `x.session, y = …` look like.
ASSIGNED = re.compile(r"\s*(?::[^=]*)?[-+*/|&^%@<>]{0,2}=(?!=)")
BOUND = re.compile(r"\b(?:as|for|del)\b")
FIRST = re.compile(r"\s*\(?[\w., ]*\Z")


def replaces_session(project: Project, python: Mapping[str, str]) -> bool:
    """Return whether the session is replaced somewhere.

    :param python: the text of each Python file by its path.
    """
    return any(
        _replaces(Reading(path, Source(text), parse(text), project))
        for path, text in python.items()
        if project.index.modules[path].error is None and _may_replace(text)
    )


def _may_replace(text: str) -> bool:
    """Return whether a text may replace a session, by a quick look at it."""
    for found in SESSION.finditer(text):
        start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
        before, after = text[start : found.start()], text[found.end() : end if end >= 0 else None]
        if found[0] != ".session" or after[:1] in ("'", '"'):
            if "patch" in text or "attr" in text:
                return True
        elif (
            ASSIGNED.match(after)
            or BOUND.search(before)
            or ("=" in after and FIRST.match(before) and after.lstrip()[:1] in (",", ")"))
        ):
            return True
    return False


def _replaces(file: Reading) -> bool:
    return any(_replaces_here(use, file) for use in file.scopes.uses)


def _replaces_here(use: Use, file: Reading) -> bool:
    match use.node:
        case ast.Attribute(attr="session", ctx=ast.Store() | ast.Del(), value=owner):
            return _is_database(owner, use, file)
        case ast.Call(
            func=ast.Attribute(attr=name) | ast.Name(id=name),
            args=[owner, ast.Constant(value="session"), *_],
        ):
            # The db of another module is a matter of that module; see patched_session.
            is_own = isinstance(owner, ast.Name)
            sets = name in ("setattr", "delattr", "object")
            return is_own and sets and _is_database(owner, use, file)
        case ast.Constant(value=str(said)) if _patches(use.parent):
            module, _, attribute = said.rpartition(".")
            return attribute == "session" and _names_database(module, file)
    return False


def _patches(node: ast.AST) -> bool:
    name = dotted(node.func) if isinstance(node, ast.Call) else ""
    return "patch" in name or name.endswith(("setattr", "delattr"))


def _is_database(node: ast.expr, use: Use, file: Reading) -> bool:
    return file.value(node, use.scope) == Database() or is_perhaps_database(node, use.scope, file)


def is_perhaps_database(node: ast.expr, scope: Scope, file: Reading) -> bool:
    """Return whether a node is a parameter called like the ``db``, given by nobody known."""
    return (
        isinstance(node, ast.Name)
        and node.id == file.project.name
        and file.value(node, scope) is None
        and all(isinstance(binding.node, ast.arg) for binding in scope.lookup(node.id))
    )


def _names_database(said: str, file: Reading) -> bool:
    """Return whether a dotted name in a string, as in ``patch("app.db.session")``, is the ``db``."""
    module, _, name = said.rpartition(".")
    found = file.index.find(file.path, module, 0) if module else None
    return (found, name) == (file.project.home, file.project.name)
