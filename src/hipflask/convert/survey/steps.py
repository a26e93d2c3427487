"""The survey of a project, step by step."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ...project import (
    FLASK_SQLALCHEMY,
    Change,
    Database,
    Finding,
    Index,
    Tree,
    WorkingCopy,
    build_index,
    dotted_name,
    library_names,
    parse,
)
from . import (
    constructor,
    home,
    libraries,
    pages,
    partial,
    patched_session,
    preparing,
    project,
    query_methods,
    refusals,
)
from .constructor import Constructor
from .project import Project
from .replaced import replaces_session


@dataclass(frozen=True)
class Survey:
    """What is known about a project before the conversion.

    :param python: the text of each Python file by its path.
    :param project: what is known about it as a whole; None if there is no ``db`` to convert.
    :param constructor: how the ``db`` is created.
    :param refused: whether the project is refused; the findings say why.
    :param prepared: changes that were made before the project was read.
    :param interpreter: the project's Python, if known.
    """

    python: dict[str, str]
    findings: list[Finding]
    project: Project | None = None
    constructor: Constructor = field(default_factory=Constructor)
    refused: bool = False
    prepared: tuple[Change, ...] = ()
    interpreter: Path | None = None


def survey(tree: Tree, skipped: Iterable[str], taken: frozenset[str]) -> Survey:
    """Read a project.

    :param skipped: the rules that are skipped.
    :param taken: names that the new module can define.
    """
    python = {file.path: file.text for file in tree.python}
    index = build_index(python.items(), library_names(tree), tree.interpreter)
    findings = [*tree.skipped, *_unreadable(index)]
    if left := [*partial.unfinished(python, skipped)]:
        return Survey(python, [*findings, *left], refused=True)
    working = WorkingCopy(tree)
    while prepared := preparing.prepare(index, working.tree, python, taken):
        working.apply(*prepared)
        python = {file.path: file.text for file in working.tree.python}
        index = build_index(python.items(), library_names(tree), tree.interpreter)
    tree, changes = working.tree, tuple(working.changes)
    chosen = home.choose(index, python, findings)
    if chosen is None:
        findings += [
            Finding(path, 0, "extension", "It may create the db, but cannot be parsed. See there.")
            for path in index.unread
            if FLASK_SQLALCHEMY in python[path]
        ]
        refused = any(finding.rule == "extension" for finding in findings)
        return Survey(python, findings, refused=refused)
    given = constructor.read(*chosen, python[chosen[0]], parse(python[chosen[0]]), taken)
    of_home = index.modules[chosen[0]].names
    index.read_attributes(python, {chosen[1], *of_home})
    known = _completed(
        project.read(
            tree, index, python, chosen, home.place(chosen[0], _paths(tree), index), skipped
        ),
        given,
        python,
    )
    if not known.patches_session:
        known = replace(known, patches_session=replaces_session(known, python))
    known = replace(
        known,
        query_methods=query_methods.read(index, known, python, given.moved),
        read_of_pages=pages.names(tree) if _paginates(python) else frozenset(),
    )
    found = refusals.find(tree, index, known, python, given)
    findings += found or libraries.find(tree, index, python)
    return Survey(
        python,
        findings,
        known,
        given,
        bool(found),
        changes,
        tree.interpreter,
    )


def _paginates(python: dict[str, str]) -> bool:
    return any("paginat" in text or "Paginat" in text for text in python.values())


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
        runs_before=frozenset(_imported_by(known.home, given, index)),
        patched_in=frozenset(
            path
            for path, name in replaced
            if name == known.name and index.lookup(path, name) == Database()
        ),
        patched_models=frozenset(
            (path, name) for path, name in replaced if index.is_model(index.lookup(path, name))
        ),
    )


def _imported_by(path: str, given: Constructor, index: Index) -> Iterator[str]:
    """Yield the files that the new module imports with what moves there."""
    for node in given.imports.values():
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                found = index.find(path, node.module or "", node.level)
            else:
                found = index.find(path, alias.name, 0)
            if found is not None:
                yield found


def _unreadable(index: Index) -> list[Finding]:
    return [
        Finding(
            path,
            top.error[0],
            "syntax",
            (
                f"Python cannot parse it: {top.error[1]}. Fix it, or name the project's Python "
                f"with --python (this is {sys.version_info.major}.{sys.version_info.minor})."
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
