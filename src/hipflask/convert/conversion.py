"""The whole conversion: a project in, changes and findings out."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath

from . import homes, manifests, migrations, module, refusals, settings, work
from . import index as indexing
from . import project as projects
from .becoming import Becoming
from .findings import Change, Finding
from .index import Index
from .modules import FLASK_SQLALCHEMY
from .project import Project, legacy_methods
from .rewriting import Rewritten
from .rules import rules
from .source import Source
from .tree import Tree
from .values import Database
from .visit import OLD_NAMES, rewrite

# Without these, what the others leave would not work: they cannot be skipped.
ALWAYS = frozenset({"extension", "flask_session", "imports", "marshmallow", "table", "tablename"})


@dataclass(frozen=True)
class Facts:
    """What was learned of a project.

    :param generation: of Flask-SQLAlchemy, 2 or 3.
    :param sqlalchemy: "1.4" or "2.0".
    :param target: the SQLAlchemy that the project is on: "1.4", "2.0", "2.1", …
    :param home: the file that made the ``db``.
    :param wiring: the new file; empty where nothing is written.
    :param module: its dotted name.
    :param model_modules: the dotted names of the modules that define models.
    :param features: what the new file has.
    :param refused: the project is left as it is, and the findings say why.
    :param left_out: the rules that did not work, since somebody wanted it so.
    """

    generation: int = 3
    sqlalchemy: str = "2.0"
    target: str = "2.0"
    home: str = ""
    wiring: str = ""
    module: str = ""
    model_modules: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    refused: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The folder that the project's dotted names start from."""
        return str(PurePosixPath(self.wiring).parents[self.module.count(".")])


@dataclass
class Outcome:
    """What a conversion comes to."""

    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)


def convert(
    tree: Tree,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Outcome:
    """Convert a project; nothing is written.

    :param only: the only rules to work.
    :param skip: rules that do not work.
    :param progress: told how many files are done, and of how many.
    """
    python = {file.path: file.text for file in tree.python}
    index = indexing.build(python.items())
    findings = [*tree.skipped, *_unreadable(index)]
    home = homes.choose(index, python, findings)
    if home is None:
        refused = any(finding.rule == "extension" for finding in findings)
        facts = Facts(refused=refused)
        return _refused(findings, facts) if refused else Outcome([], sorted(findings), facts)
    skipped = (set(skip) | ({*rules()} - set(only) if only else set())) - ALWAYS
    taken = set(tree.files) | {
        str(parent) for path in tree.files for parent in PurePosixPath(path).parents
    }
    wiring = module.place(home[0], taken)
    project = projects.read(tree, index, python, home, wiring, skipped)
    given = settings.read(home[0], home[1], python[home[0]], ast.parse(python[home[0]]))
    replaced = _replaced(index, python.values())
    project = replace(
        project,
        home_acts=given.acts,
        renamed=given.renamed,
        added=frozenset(given.subclass.methods if given.subclass is not None else ()),
        module=dotted_name(project.wiring, index.root_of(project.home)),
        replaced_in=frozenset(
            path
            for path, name in replaced
            if name == project.name and index.lookup(path, name) == Database()
        ),
        replaced_models=frozenset(
            (path, name) for path, name in replaced if index.is_model(index.lookup(path, name))
        ),
    )
    found = refusals.find(tree, index, project, python, given)
    if found:
        return _refused([*findings, *found], _facts(project, set(), refused=True))
    done = list(_rewritten(project, given, python, progress))
    for result in done:
        findings += result.findings
    if any(result.path == project.home and result.text is None for result in done):
        # Whatever asks it for the db would find the extension's.
        return _refused(findings, _facts(project, set(), refused=True))
    features = _features(project, done, python.values())
    facts = _facts(project, features)
    becoming = Becoming(tree)
    becoming.take(*_changes(tree, done))
    becoming.take(*_new_modules(project, given, python[project.home], features))
    changes, more = migrations.convert(becoming.tree, facts)
    becoming.take(*changes)
    findings += more
    # Last: what is still imported stays a requirement.
    changes, more = manifests.convert(becoming.tree, facts.sqlalchemy)
    becoming.take(*changes)
    findings += more
    return Outcome(becoming.changes, sorted(set(findings)), facts)


def _refused(findings: Iterable[Finding], facts: Facts) -> Outcome:
    # That a generated file is converted is not true then.
    told = {finding for finding in findings if finding.rule != "generated"}
    return Outcome([], sorted(told), facts)


def _rewritten(
    project: Project,
    given: settings.Settings,
    python: dict[str, str],
    progress: Callable[[int, int], None],
) -> Iterator[Rewritten]:
    """Yield what becomes of each file that can have something to convert."""
    index = project.index
    of_models = {known.path for known in index.classes() if index.is_model(known)}
    sources = [
        (path, text)
        for path, text in python.items()
        if path in of_models or _concerns(path, text, project)
    ]
    visit = partial(rewrite, project=project, given=given)
    for done, result in enumerate(work.each(visit, sources), 1):
        progress(done, len(sources))
        yield result


def _changes(tree: Tree, done: Iterable[Rewritten]) -> Iterator[Change]:
    for result in done:
        if result.text is not None:
            before = tree.files[result.path]
            yield Change(result.path, before.data, before.with_text(result.text))


def _features(project: Project, done: Iterable[Rewritten], texts: Iterable[str]) -> set[str]:
    """Return what the new module must have."""
    features = set().union(*(result.features for result in done))
    features |= _legacy_methods(texts, project)
    if project.has_binds:
        features |= {"metadata_of", "__bind_key__"}
    if project.queries_of_security:
        features |= {"query", "QueryProperty"}
    if project.skipped_rules:  # what they leave asks the new module by the old names
        features |= OLD_NAMES
    if any("flask_migrate" in text for text in texts):
        features |= {"get_engine", *(("get_engines", "metadata_of") if project.has_binds else ())}
    return features


def _new_modules(
    project: Project, given: settings.Settings, home: str, features: set[str]
) -> Iterator[Change]:
    text = module.write(
        given,
        _source_of_home(home, given, project.name),
        features,
        project.generation,
        project.sqlalchemy,
    )
    yield Change(project.wiring, None, text.encode())
    if "server_sessions" in features:
        beside = module.write_beside("server_sessions", project.wiring)
        yield Change(project.beside("server_sessions"), None, beside.encode())


def _source_of_home(text: str, given: settings.Settings, name: str) -> Source:
    """Return the text of the home; what goes to the new module is beside the session there."""
    source = Source(text)
    for _, attribute in settings.uses(given, name):
        if attribute is not None:
            source.replace(*source.span(attribute), "Session")
    return source


def _unreadable(index: Index) -> list[Finding]:
    return [
        Finding(
            path,
            top.error[0],
            "syntax",
            f"It cannot be read: {top.error[1]}. Correct it, or run hipflask by the Python of the "
            f"project (this is {sys.version_info.major}.{sys.version_info.minor}).",
        )
        for path, top in index.modules.items()
        if top.error is not None
    ]


def _replaced(index: Index, texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return the files with the names that a test replaces in them: ``patch("app.views.db")``."""
    return {
        (found, name)
        for text in texts
        if "patch" in text or "setattr" in text  # else it is the name of a file: "app.db"
        for dotted, name in re.findall(r"[\"']([\w.]+)\.(\w+)[\"']", text)
        if (found := index.find("", dotted, 0)) is not None
    }


def _legacy_methods(texts: Iterable[str], project: Project) -> set[str]:
    methods = {method for text in texts for method in legacy_methods(text, project.name)}
    if not methods:
        return set()
    return {"Query", *(f"Query.{method}" for method in methods)}


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


def _facts(project: Project, features: set[str], *, refused: bool = False) -> Facts:
    index = project.index
    return Facts(
        project.generation,
        project.sqlalchemy,
        project.target,
        project.home,
        project.wiring,
        project.module,
        tuple(
            sorted(
                {
                    dotted_name(model.path, index.root_of(model.path))
                    for model in index.classes()
                    if "@" not in model.name and index.is_model(model)
                }
            )
        ),
        frozenset(features),
        refused,
        tuple(sorted(project.skipped_rules)),
    )


def dotted_name(path: str, root: str) -> str:
    """Return how a module is called from the folder that its outermost package is in."""
    stem = path[: -len("/__init__.py")] if path.endswith("/__init__.py") else path[:-3]
    if root and stem.startswith(f"{root}/"):
        stem = stem[len(root) + 1 :]
    return stem.replace("/", ".")
