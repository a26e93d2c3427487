"""Replaces Flask-Migrate by Alembic. The revisions stay, and so does ``flask db``.

Goes in: the files of a project, already on its new module. Comes out: the changes of what uses
Flask-Migrate, of ``env.py`` and of ``alembic.ini``, and the module with ``flask db``.

| to change | open |
|---|---|
| what the project uses of Flask-Migrate | ``usage.py`` |
| imports, ``Migrate()`` and ``init_app()`` | ``sites.py`` |
| the module with ``flask db`` | ``commands.py``, ``parts/commands.py`` |
| ``env.py`` | ``environment.py``, ``nodes.py``, ``parts/sqlite.py``, ``parts/template/env.py`` |
| ``alembic.ini`` | ``configuration.py`` |
| how ``alembic`` by itself makes the app | ``factories.py`` |

May import: ``hipflask.project``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from ...project import Change, File, Finding, Tree, WorkingCopy, line_number, parse, pins
from . import commands, configuration, environment, factories, sites
from .database import DatabaseModule
from .environment import RULE
from .usage import FLASK_MIGRATE, Usage, bound, survey

NAMES = ("migrate", "migrate_commands", "alembic_commands", "flask_db_commands")
DEFAULTS = {"compare_type": "True", "render_as_batch": "True"}
TEMPLATE = "migrations_template"
BESIDE = "Path(__file__).with_name"
PARTS = commands.PARTS
EXTENSION = re.compile(r"""extensions(?:\[|\.get\()["']migrate["']\s*[\])]""")
DATABASE = re.compile(EXTENSION.pattern + r"\s*\.\s*(?:db|metadata)\b")
INIT = re.compile(r"\bdb init\b")

SHADOWED = (
    "Flask-Migrate 2 or older takes `flask db` for its own commands while it is installed. "
    "Uninstall it."
)
GONE = (
    'app.extensions["migrate"] no longer has what is used here. See {module}, and {database} for '
    "the engine and the models."
)
ONLY_FLASK_DB = (
    "Only `flask db` works, as before. To run `alembic` by itself, create the app in env.py: "
    "there is no single app factory that takes no arguments and runs no migrations."
)


class Facts(Protocol):
    """What is known of the project, of which this is needed."""

    @property
    def new_module(self) -> str: ...

    @property
    def module(self) -> str: ...

    @property
    def root(self) -> str: ...


def convert(tree: Tree, facts: Facts) -> tuple[list[Change], list[Finding]]:
    """Take Flask-Migrate out of a project.

    :param tree: the project, already on its own engines and models.
    :param facts: the module of those, by its path and by its name.
    :return: what is to be changed, and what is left to a person.
    """
    if not any(FLASK_MIGRATE in file.text for file in tree.python):
        return [], []
    usage = survey(tree.python)
    environments = [file.path for file in tree.python if _on_flask_migrate(file)]
    database = _database(tree, facts, usage)
    path, module = _place(tree, facts, usage)
    work = Work(tree)
    work.rewrite(
        [file.path for file in tree.python if _uses(file, usage)],
        lambda path, text: sites.rewrite(path, text, module, usage),
    )
    if work.changes:
        template = _template(tree, usage)
        work.apply(path, commands.write(usage, template, database.binds).encode())
        if template.startswith(BESIDE):
            _create_template(work, PurePosixPath(path).with_name(TEMPLATE), database)
        if _generation(tree) < 3:
            work.findings.append(Finding(path, 0, RULE, SHADOWED))
    work.rewrite(environments, lambda path, text: environment.rewrite(path, text, database))
    asking = replace(database, factory=None, enforces_foreign_keys=False)
    work.rewrite(
        [file.path for file in work.tree.python if DATABASE.search(file.text)],
        lambda path, text: environment.rewrite(path, text, asking),
    )
    gone = GONE.format(module=module, database=facts.module)
    for file in work.tree.python:
        if file.path in (path, *environments):
            continue
        for found in EXTENSION.finditer(file.text):
            line = line_number(file.text, found.start())
            work.findings.append(Finding(file.path, line, RULE, gone))
    for each in environments:
        ini = str(PurePosixPath(each).with_name("alembic.ini"))
        known = work.tree.files.get(ini, File(ini, b"[alembic]\n"))
        text = configuration.located(known.text, facts.root if database.factory else None)
        work.apply(ini, known.with_text(text))
    if environments and database.factory is None:
        work.findings.append(Finding(environments[0], 1, RULE, ONLY_FLASK_DB))
    return work.changes, work.findings


class Work:
    """The project while it is changed, and what is found on the way."""

    def __init__(self, tree: Tree) -> None:
        self._copy = WorkingCopy(tree)
        self.findings: list[Finding] = []

    @property
    def tree(self) -> Tree:
        return self._copy.tree

    @property
    def changes(self) -> list[Change]:
        return self._copy.changes

    def rewrite(
        self, paths: Iterable[str], rewrite: Callable[[str, str], tuple[str, list[Finding]]]
    ) -> None:
        """Rewrite files; one that cannot be parsed is listed with all others of the project."""
        for path in paths:
            file = self.tree.files[path]
            try:
                text, found = rewrite(path, file.text)
            except SyntaxError:
                continue
            self.findings += found
            self._copy.apply(Change(path, file.data, file.with_text(text)))

    def apply(self, path: str, data: bytes) -> None:
        self._copy.apply(Change(path, None, data))


def _on_flask_migrate(file: File) -> bool:
    return environment.is_environment(file.path, file.text) and (
        EXTENSION.search(file.text) is not None
    )


def _uses(file: File, usage: Usage) -> bool:
    """Return whether a file imports Flask-Migrate, or starts a ``Migrate``."""
    return FLASK_MIGRATE in file.text or any(
        f"{name}.init_app(" in file.text for name in usage.names
    )


def _enforces_foreign_keys(tree: Tree, facts: Facts) -> bool:
    """Return whether the project turns foreign keys on in SQLite, where they are off by default."""
    return any(
        "pragma" in file.text.lower() and "foreign_keys" in file.text
        for file in tree.python
        if file.path != facts.new_module
    )


def _place(tree: Tree, facts: Facts, usage: Usage) -> tuple[str, str]:
    """Return the path and the dotted name of the new module, with the first name to be free.

    It stands in the outermost package, which any module within has imported: as Flask-Migrate
    could be, it can then be imported by all of them, and closes no circle.
    """
    parts = facts.module.split(".")[:-1]
    prefix = PurePosixPath(facts.root)
    packages = [parts[:length] for length in range(1, len(parts) + 1)]
    package = next(
        (
            package
            for package in packages
            if str(prefix.joinpath(*package, "__init__.py")) in tree.files
        ),
        parts,
    )
    folder = prefix.joinpath(*package)
    taken = _taken(tree.files.get(str(folder / "__init__.py")), usage)
    if not package:
        taken |= {name for name in NAMES if any(_imports(file, name) for file in tree.python)}
    name = next(
        name
        for name in NAMES
        if name not in taken
        and str(folder / f"{name}.py") not in tree.files
        and not (tree.root / folder / name).exists()
    )
    return str(folder / f"{name}.py"), ".".join([*package, name])


def _taken(package: File | None, usage: Usage) -> set[str]:
    """Return the names that mean something else in a package."""
    try:
        tree = parse(package.text if package is not None else "")
    except SyntaxError:
        return set()
    ours = usage.names if usage.is_plain else frozenset[str]()
    return {name for node in ast.walk(tree) for name in bound(node)} - ours


def _imports(file: File, name: str) -> bool:
    return re.search(rf"^\s*(?:import|from) {name}\b", file.text, re.MULTILINE) is not None


def _generation(tree: Tree) -> int:
    """Return the major version of Flask-Migrate that the project is on."""
    if pinned := pins(tree, r"flask[-_.]migrate"):
        return max(pin.version[0] for pin in pinned)
    # The template of the fourth is the first with this function.
    environments = [file for file in tree.python if _on_flask_migrate(file)]
    return 4 if all("def get_engine_url" in file.text for file in environments) else 3


def _database(tree: Tree, facts: Facts, usage: Usage) -> DatabaseModule:
    text = tree.files[facts.new_module].text if facts.new_module in tree.files else ""
    # Before the fourth version, Alembic's own defaults were used.
    defaults = DEFAULTS if _generation(tree) >= 4 else {}
    return DatabaseModule(
        facts.module,
        "def metadata_of(" in text,
        factories.find(list(tree.python), facts.root),
        _enforces_foreign_keys(tree, facts),
        {**defaults, **usage.options},
        runtime_options=not usage.is_plain,
        has_get_engine="def get_engine(" in text,
    )


def _template(tree: Tree, usage: Usage) -> str:
    """Return the folder that ``flask db init`` copies, as source text; empty for none."""
    if not any(environment.is_environment(file.path, file.text) for file in tree.python):
        return f'{BESIDE}("{TEMPLATE}")'
    if usage.directory is not None and any(INIT.search(f.text) for f in tree.files.values()):
        return f'Path("{usage.directory}")'
    return ""


def _create_template(work: Work, folder: PurePosixPath, database: DatabaseModule) -> None:
    """Give ``flask db init`` something to copy, where the project has no migrations yet."""
    for file in (PARTS / ("template_multidb" if database.binds else "template")).iterdir():
        if file.name in ("env.py", "script.py.mako"):
            path, text = str(folder / file.name), file.read_text(encoding="utf-8")
            if file.name == "env.py":
                text, _ = environment.rewrite(path, text, database)
            work.apply(path, text.encode())
