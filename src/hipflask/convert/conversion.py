"""The whole conversion: a project in, changes and findings out."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath

from . import homes, manifests, migrations, module, refusals, settings, work
from . import index as indexing
from . import project as projects
from .findings import Change, Finding
from .index import Index
from .modules import FLASK_SQLALCHEMY
from .project import Project, legacy_methods
from .rewriting import File, Rewritten
from .rules import rules
from .source import OverlapError, Source
from .tree import File as TreeFile
from .tree import Tree
from .values import Database

# Without these, what the others leave would not work: they cannot be skipped.
ALWAYS = frozenset({"extension", "flask_session", "imports", "marshmallow", "table", "tablename"})
# What the new module needs for a file that is left as it was.
OLD_NAMES = {"__getattr__", "get_engines", "query", "QueryProperty"}
# The rules that ask SQLAlchemy, or the new module, in place of the ``db``.
ASKED_OF_DB = frozenset({"session", "base", "library", "engine", "metadata", "relationship"})


@dataclass(frozen=True)
class Facts:
    """What was learned of a project.

    :param generation: of Flask-SQLAlchemy, 2 or 3.
    :param sqlalchemy: "1.4" or "2.0".
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
    project = replace(
        project,
        home_acts=given.acts,
        renamed=given.renamed,
        added=frozenset(given.subclass.methods if given.subclass is not None else ()),
        module=dotted_name(project.wiring, index.root_of(project.home)),
        replaced_in=_replaced_in(index, python.values(), project.name),
    )
    found = refusals.find(tree, index, project, python, given)
    if found:
        return _refused([*findings, *found], _facts(project, set(), refused=True))
    of_models = {known.path for known in index.classes() if index.is_model(known)}
    paths = [
        path for path, text in python.items() if path in of_models or _concerns(path, text, project)
    ]
    done: list[Rewritten] = []
    for result in work.each(
        partial(rewrite, project=project, given=given), [(path, python[path]) for path in paths]
    ):
        done.append(result)
        progress(len(done), len(paths))
        if result.path == project.home and result.text is None:
            # Whatever asks it for the db would find the extension's.
            findings += result.findings
            return _refused(findings, _facts(project, set(), refused=True))
    features = set().union(*(result.features for result in done)) if done else set()
    features |= _legacy_methods(python.values(), project)
    if project.has_binds:
        features |= {"metadata_of", "__bind_key__"}
    if project.queries_of_security:
        features |= {"query", "QueryProperty"}
    if project.skipped_rules:  # what they leave asks the new module by the old names
        features |= OLD_NAMES
    if any("flask_migrate" in text for text in python.values()):
        features |= {"get_engine", *(("get_engines", "metadata_of") if project.has_binds else ())}
    becoming = Becoming(tree)
    rewritten: list[Change] = []
    for result in done:
        findings += result.findings
        if result.text is not None:
            before = tree.files[result.path]
            rewritten.append(Change(result.path, before.data, before.with_text(result.text)))
    becoming.take(*rewritten)
    text = module.write(
        given,
        _source_of_home(python[project.home], given, project.name),
        features,
        project.generation,
        project.sqlalchemy,
    )
    becoming.take(Change(project.wiring, None, text.encode()))
    if "server_sessions" in features:
        beside = module.write_beside("server_sessions", project.wiring)
        becoming.take(Change(project.beside("server_sessions"), None, beside.encode()))
    facts = _facts(project, features)
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


def _source_of_home(text: str, given: settings.Settings, name: str) -> Source:
    """Return the text of the home; what goes to the new module is beside the session there."""
    source = Source(text)
    for _, attribute in settings.uses(given, name):
        if attribute is not None:
            source.replace(*source.span(attribute), "Session")
    return source


class Becoming:
    """A project as it becomes, change by change.

    :param tree: as it was read.
    """

    def __init__(self, tree: Tree) -> None:
        self._first = tree
        self.tree = tree

    def take(self, *changes: Change) -> None:
        """Make changes, on top of those before."""
        files = dict(self.tree.files)
        for change in changes:
            if change.after is None:
                files.pop(change.path, None)
            else:
                files[change.path] = TreeFile(change.path, change.after)
        self.tree = replace(self.tree, files=files)

    @property
    def changes(self) -> list[Change]:
        """What is different from what was read, one change a file."""
        old, new = self._first.files, self.tree.files
        return [
            Change(path, _data(old.get(path)), _data(new.get(path)))
            for path in sorted({*old, *new})
            if _data(old.get(path)) != _data(new.get(path))
        ]


def _data(file: TreeFile | None) -> bytes | None:
    return file.data if file is not None else None


def rewrite(source: tuple[str, str], project: Project, given: settings.Settings) -> Rewritten:
    """Let every rule work on a file, which is its path and its text."""
    path, text = source
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return Rewritten(path, None, [], set())
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


def _replaced_in(index: Index, texts: Iterable[str], name: str) -> frozenset[str]:
    """Return the files whose ``db`` a test replaces by name, as ``patch("app.views.db")`` does."""
    by_name = re.compile(rf"[\"']([\w.]+)\.{re.escape(name)}[\"']")
    return frozenset(
        found
        for text in texts
        if ("patch" in text or "setattr" in text)  # else it is the name of a file: "app.db"
        and (f".{name}'" in text or f'.{name}"' in text)
        for dotted in by_name.findall(text)
        if (found := index.find("", dotted, 0)) is not None
        and index.lookup(found, name) == Database()
    )


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
