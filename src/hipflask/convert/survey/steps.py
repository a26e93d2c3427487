"""The survey of a project, step by step."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from ...project import (
    Change,
    Database,
    Finding,
    Index,
    Tree,
    WorkingCopy,
    build_index,
    dotted_name,
)
from . import constructor, home, libraries, partial, patched_session, preparing, project, refusals
from .constructor import Constructor
from .project import Project


@dataclass(frozen=True)
class Survey:
    """What is known about a project before the conversion.

    :param python: the text of each Python file by its path.
    :param project: what is known about it as a whole; None if there is no ``db`` to convert.
    :param constructor: how the ``db`` is created.
    :param refused: whether the project is refused; the findings say why.
    :param prepared: changes that were made before the project was read.
    """

    python: dict[str, str]
    findings: list[Finding]
    project: Project | None = None
    constructor: Constructor = field(default_factory=Constructor)
    refused: bool = False
    prepared: tuple[Change, ...] = ()


def survey(tree: Tree, skipped: Iterable[str], taken: frozenset[str]) -> Survey:
    """Read a project.

    :param skipped: the rules that are skipped.
    :param taken: names that the new module can define.
    """
    python = {file.path: file.text for file in tree.python}
    index = build_index(python.items())
    findings = [*tree.skipped, *_unreadable(index)]
    if left := [*partial.unfinished(python, skipped)]:
        return Survey(python, [*findings, *left], refused=True)
    working = WorkingCopy(tree)
    while prepared := preparing.prepare(index, working.tree, python, taken):
        working.apply(*prepared)
        python = {file.path: file.text for file in working.tree.python}
        index = build_index(python.items())
    tree, changes = working.tree, tuple(working.changes)
    chosen = home.choose(index, python, findings)
    if chosen is None:
        refused = any(finding.rule == "extension" for finding in findings)
        return Survey(python, findings, refused=refused)
    given = constructor.read(*chosen, python[chosen[0]], ast.parse(python[chosen[0]]), taken)
    known = _completed(
        project.read(tree, index, python, chosen, home.place(chosen[0], _paths(tree)), skipped),
        given,
        python,
    )
    found = refusals.find(tree, index, known, python, given)
    findings += found or libraries.find(tree, index, python)
    return Survey(python, findings, known, given, refused=bool(found), prepared=changes)


def _paths(tree: Tree) -> set[str]:
    return set(tree.files) | {
        str(parent) for path in tree.files for parent in PurePosixPath(path).parents
    }


def _completed(known: Project, given: Constructor, python: Mapping[str, str]) -> Project:
    """Add what depends on the index and on how the ``db`` is created."""
    index = known.index
    replaced = _replaced(index, python.values())
    everywhere, patched_session_in = patched_session.find(index, known.name, python)
    return replace(
        known,
        patches_session=everywhere,
        patched_session_in=patched_session_in,
        home_calls_init_app=given.acts,
        renamed=given.renamed,
        added=frozenset(given.subclass.methods if given.subclass is not None else ()),
        module=dotted_name(known.new_module, index.root_of(known.home)),
        patched_in=frozenset(
            path
            for path, name in replaced
            if name == known.name and index.lookup(path, name) == Database()
        ),
        patched_models=frozenset(
            (path, name) for path, name in replaced if index.is_model(index.lookup(path, name))
        ),
    )


def _unreadable(index: Index) -> list[Finding]:
    return [
        Finding(
            path,
            top.error[0],
            "syntax",
            (
                f"Python cannot parse it: {top.error[1]}. Fix it, or run hipflask with the "
                f"project's Python (this is {sys.version_info.major}.{sys.version_info.minor})."
            ),
        )
        for path, top in index.modules.items()
        if top.error is not None
    ]


def _replaced(index: Index, texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return the files and the names in them that tests patch, as in ``patch("app.views.db")``."""
    return {
        (found, name)
        for text in texts
        if "patch" in text or "setattr" in text  # otherwise "app.db" is the name of a file
        for dotted, name in re.findall(r"[\"']([\w.]+)\.(\w+)[\"']", text)
        if (found := index.find("", dotted, 0)) is not None
    }
