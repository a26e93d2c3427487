"""Replaces Flask-Migrate by Alembic. The revisions stay, and so does ``flask db``.

Goes in: the files of a project, already on its new module. Comes out: the changes of what imports
Flask-Migrate (``sites.py``) and of ``env.py`` (``environment.py``), and the new files, which are in
``parts/``: the commands, what SQLite needs, and a template for ``flask db init``.

May import: ``hipflask.project``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, Protocol

from ...project import Change, File, Finding, Tree, line_number, pins
from . import environment, factories, sites
from .environment import RULE, DatabaseModule

PARTS = files(f"{__name__}.parts")
DEFAULTS = 'DEFAULTS: dict[str, Any] = {"compare_type": True, "render_as_batch": True}\n'
COMMANDS = ("migration_commands", "alembic_commands", "flask_db_commands")
FOREIGN_KEYS = ("sqlite_migrations", "sqlite_foreign_keys", "migrations_on_sqlite")
SHADOWED = (
    "Uninstall Flask-Migrate: while version 2 or older is installed, `flask db` runs its "
    "commands and not the project's."
)
REACHED = (
    'app.extensions["migrate"].db is now the module with the engines and models. Check '
    "that it has what is used here."
)
EXTENSION = r"""extensions(?:\[|\.get\()["']migrate["']\s*[\])]"""
REACHING = re.compile(EXTENSION + r"\s*\.\s*(?:db|metadata)\b")

_Rewrite = Callable[[str, str, Any], tuple[str, list[Finding]]]


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
    speaking = [file for file in tree.python if sites.FLASK_MIGRATE in file.text]
    environments = [file for file in tree.python if _on_flask_migrate(file)]
    if not speaking:
        return [], []
    changes: list[Change] = []
    findings: list[Finding] = []
    path, module = _place(tree, facts, COMMANDS)
    moved = False
    for file in speaking:
        text = _attempt(file, findings, sites.rewrite, module)
        if text is not None and text != file.text:
            moved = True
            changes.append(Change(file.path, file.data, file.with_text(text)))
    if moved:
        changes.append(Change(path, None, _source(tree).encode()))
    if moved and _generation(tree) < 3:
        findings.append(Finding(path, 0, RULE, SHADOWED))
    findings += [
        Finding(file.path, line, RULE, REACHED)
        for file in tree.python
        if file not in environments
        for line in _reaching(file)
    ]
    sqlite_path, sqlite = _place(tree, facts, FOREIGN_KEYS)
    database = _database_module(
        tree, facts, sqlite if _needs_foreign_keys_off(tree, facts) else None
    )
    for file in environments:
        text = _attempt(file, findings, environment.rewrite, database)
        if text is not None and text != file.text:
            changes.append(Change(file.path, file.data, file.with_text(text)))
    if environments and database.factory is not None:
        changes += _configuration(tree, environments, facts)
    elif environments:
        findings.append(_only_flask_db(environments[0]))
    else:
        changes += _template(path, database)
    if database.sqlite is not None:
        changes.append(Change(sqlite_path, None, PARTS.joinpath("sqlite.py").read_bytes()))
    return changes, findings


def _needs_foreign_keys_off(tree: Tree, facts: Facts) -> bool:
    """Return whether a file names SQLite, and none turns its foreign keys off yet."""
    texts = [
        file.text
        for path, file in tree.files.items()
        if path != facts.new_module  # which knows every database
    ]
    return any("sqlite" in text.lower() or "PRAGMA" in text for text in texts) and not any(
        f"def {environment.OFF}(" in text for text in texts
    )


def _on_flask_migrate(file: File) -> bool:
    return environment.is_environment(file.path, file.text) and (
        re.search(EXTENSION, file.text) is not None
    )


def _reaching(file: File) -> Iterator[int]:
    """Yield the lines that reach for the database through the extension."""
    for found in REACHING.finditer(file.text):
        yield line_number(file.text, found.start())


def _attempt(file: File, findings: list[Finding], rewrite: _Rewrite, about: Any) -> str | None:
    try:
        text, found = rewrite(file.path, file.text, about)
    except SyntaxError:  # which is listed with all others of the project
        return None
    findings += found
    return text


def _place(tree: Tree, facts: Facts, names: Iterable[str]) -> tuple[str, str]:
    """Return the path and the dotted name of a new module, with the first of the names to be free.

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
    name = next(
        name
        for name in names
        if str(folder / f"{name}.py") not in tree.files and not (tree.root / folder / name).exists()
    )
    return str(folder / f"{name}.py"), ".".join([*package, name])


def _source(tree: Tree) -> str:
    source = (PARTS / "commands.py").read_text(encoding="utf-8")
    if _generation(tree) < 4:  # before, Alembic's own defaults were used
        source = source.replace(DEFAULTS, "DEFAULTS: dict[str, Any] = {}\n")
    return source


def _generation(tree: Tree) -> int:
    """Return the major version of Flask-Migrate that the project is on."""
    if pinned := pins(tree, r"flask[-_.]migrate"):
        return max(pin.version[0] for pin in pinned)
    # The template of the fourth is the first with this function.
    environments = [file for file in tree.python if _on_flask_migrate(file)]
    return 4 if all("def get_engine_url" in file.text for file in environments) else 3


def _database_module(tree: Tree, facts: Facts, sqlite: str | None) -> DatabaseModule:
    text = tree.files[facts.new_module].text if facts.new_module in tree.files else ""
    made_by = factories.find(list(tree.python), facts.root)
    return DatabaseModule(facts.module, "def metadata_of(" in text, made_by, sqlite)


def _configuration(tree: Tree, environments: list[File], facts: Facts) -> Iterator[Change]:
    """Let ``alembic`` be run in the folder of the project, as Alembic's own pages have it."""
    folder = PurePosixPath(environments[0].path).parent
    known = tree.files.get(str(folder / "alembic.ini"))
    settled = "alembic.ini" in tree.files or any(
        "[tool.alembic" in file.text
        for path, file in tree.files.items()
        if path == "pyproject.toml"
    )
    if len(environments) > 1 or known is None or settled or "script_location =" in known.text:
        return
    lines = [
        "[alembic]",
        "# For `alembic` by itself: `flask db` reads the file in the folder of the migrations.",
        f"script_location = %(here)s/{folder}",
        f"prepend_sys_path = {facts.root}",
    ]
    newline = "\r\n" if "\r\n" in known.text else "\n"
    text = known.text.replace("[alembic]", newline.join(lines), 1)
    yield Change("alembic.ini", None, known.with_text(text))


def _template(path: str, database: DatabaseModule) -> Iterator[Change]:
    """Give ``flask db init`` something to copy, where the project has no migrations yet."""
    for file in (PARTS / ("template_multidb" if database.binds else "template")).iterdir():
        if file.is_file() and not file.name.startswith("__"):
            target = str(PurePosixPath(path).with_name("migrations_template") / file.name)
            text = file.read_text(encoding="utf-8")
            if file.name == "env.py":
                text, _ = environment.rewrite(target, text, replace(database, factory=None))
            yield Change(target, None, text.encode())


def _only_flask_db(file: File) -> Finding:
    return Finding(
        file.path,
        1,
        RULE,
        (
            "`flask db` works as before. To run `alembic` by itself, create the app in env.py: "
            "there is no single app factory that takes no arguments and runs no migrations."
        ),
    )
