"""What is known about a project as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ...project import (
    Index,
    Tree,
    flask_sqlalchemy_generation,
    pins,
    sqlalchemy_generation,
    sqlalchemy_version,
)
from . import fixtures, receivers, settings
from .receivers import Receivers


@dataclass(frozen=True)
class QueryMethods:
    """How the project uses the methods that Flask-SQLAlchemy adds to queries.

    :param kept: methods of which no call becomes a function, because they are replaced somewhere.
    :param left: methods that the query class of the new module must have.
    :param defined: methods that a class of the project defines as well.
    :param rivals: whether the project uses another library that has such methods.
    :param dynamic: the names of the relationships whose value is a query.
    """

    kept: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()
    rivals: bool = False
    dynamic: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Project:
    """What is known about a project as a whole.

    :param home: the module that created the ``db``; ``name`` is the variable there.
    :param new_module: the path of the new module that replaces it.
    :param generation: of Flask-SQLAlchemy, 2 or 3.
    :param sqlalchemy: "1.4" or "2.0".
    :param target: the SQLAlchemy version of the project: "1.4", "2.0", "2.1", …
    :param patches_session: whether the session of the ``db`` is replaced somewhere, so that it
        must be looked up in the module each time.
    :param patched_session_in: files that must look it up because a test patches it for them.
    :param added: the methods that the project adds to the extension.
    :param renamed: new names for classes whose names the project already uses.
    :param module: the dotted name of the new module.
    :param patched_in: files whose ``db`` is patched somewhere.
    :param patched_models: files, and models in them that are patched somewhere.
    :param patches_get_engine: whether ``get_engine`` is patched, which did not affect ``engine``.
    :param security_uses_query: whether Flask-Security uses the ``query`` of models.
    :param db_attributes_set: attributes that the project sets on the ``db``.
    :param settings: the settings and the kinds of database that it mentions; see `settings.read`.
    :param runs_before: the files that importing the new module runs besides its packages.
    :param receivers: what the project's own code asks of a ``db`` that it is given.
    :param fixtures: the file and the name of each pytest fixture that returns the ``db``.
    :param patched_queries: models whose ``query`` is patched somewhere.
    :param read_of_pages: the attributes and methods of pages that the project may use.
    """

    index: Index
    home: str
    name: str
    new_module: str
    generation: int
    sqlalchemy: str
    target: str
    patches_session: bool = False
    patched_session_in: frozenset[str] = frozenset()
    patched_queries: frozenset[str] = frozenset()
    query_methods: QueryMethods = field(default_factory=QueryMethods)
    read_of_pages: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    receivers: Receivers = field(default_factory=Receivers)
    home_calls_init_app: bool = False
    added: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    module: str = ""
    patched_in: frozenset[str] = frozenset()
    patched_models: frozenset[tuple[str, str]] = frozenset()
    patches_get_engine: bool = False
    stores_sessions: bool = False
    security_uses_query: bool = False
    schemas: frozenset[str] = frozenset()
    db_attributes_set: frozenset[str] = frozenset()
    runs_before: frozenset[str] = frozenset()
    fixtures: frozenset[tuple[str, str]] = frozenset()
    skipped_rules: frozenset[str] = frozenset()

    def looks_session_up(self, path: str) -> bool:
        """Return whether a file must look the session up in the module each time."""
        return self.patches_session or path in self.patched_session_in

    def new_name(self, name: str) -> str:
        """Return the name of a class of the extension in the new module."""
        return self.renamed.get(name, name)

    def sibling(self, name: str) -> str:
        """Return the path of a module next to the new one."""
        return str(PurePosixPath(self.new_module).with_name(f"{name}.py"))


def read(
    tree: Tree,
    index: Index,
    python: dict[str, str],
    home: tuple[str, str],
    new_module: str,
    skipped: Iterable[str],
) -> Project:
    """Read what is known about a project as a whole.

    :param python: the text of each Python file by its path.
    :param home: the module that creates the ``db``, and its name there.
    :param new_module: the path of the new module.
    :param skipped: the rules that are skipped.
    """
    texts = list(python.values())
    generation = flask_sqlalchemy_generation(tree, texts)
    sqlalchemy = sqlalchemy_generation(tree, texts, generation)
    names = re.escape(home[1])
    patched = re.compile(r"[\"'][\w.]*?\b(\w+)\.query[\"'.]|\b(\w+)\s*,\s*[\"']query[\"']")
    kept = {
        name
        for text in texts
        if "query" in text and ("patch" in text or "setattr" in text)
        for pair in patched.findall(text)
        for name in pair
        if name
    }
    return Project(
        index,
        home[0],
        home[1],
        new_module,
        generation,
        sqlalchemy,
        sqlalchemy_version(tree, sqlalchemy),
        patched_queries=frozenset(kept),
        patches_get_engine=any(
            re.search(rf"\b{names}\s*,\s*[\"']get_engine[\"']", text) for text in texts
        ),
        stores_sessions=_stores_sessions(tree, texts),
        security_uses_query=_queries_of_security(tree, texts),
        schemas=frozenset(
            name
            for text in texts
            if "Schema" in text
            for name in re.findall(r"\.((?:SQLAlchemy(?:Auto)?|Model)Schema)\b", text)
        ),
        db_attributes_set=frozenset(
            name
            for text in texts
            if f"{home[1]}." in text
            for name in re.findall(rf"\b{names}\.(\w+)\s*=[^=]", text)
        ),
        fixtures=fixtures.find(index, python),
        settings=settings.read(tree),
        receivers=receivers.read(texts, home[1]),
        skipped_rules=frozenset(skipped),
    )


def _stores_sessions(tree: Tree, texts: Iterable[str]) -> bool:
    """Return whether Flask-Session stores sessions in the database and imports the extension."""
    pinned = [pin.version for pin in pins(tree, r"flask[-_.]session")]
    everything = list(texts)
    return (
        (not pinned or max(pinned) >= (0, 7))
        and any("flask_session" in text for text in everything)
        and any(re.search(r"SESSION_TYPE\W+sqlalchemy\b", text) for text in everything)
    )


def _queries_of_security(tree: Tree, texts: Iterable[str]) -> bool:
    """Return whether Flask-Security uses the ``query`` of models, as it did before 5.5."""
    pinned = [pin.version for pin in pins(tree, r"flask[-_.]security(?:[-_.]too)?")]
    if pinned and max(pinned) >= (5, 5):
        return False
    return any("flask_security" in text for text in texts)
