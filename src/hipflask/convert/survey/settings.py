"""Which settings and which kinds of database the text of a project mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...project import Tree

# A lock file names the extras of libraries; a document, what could be done.
NOT_READ = re.compile(r"\.(?:lock|md|rst)$|(?:^|/)(?:CHANGELOG|CHANGES)", re.IGNORECASE)
SETTING = re.compile(r"SQLALCHEMY_[A-Z_]*[A-Z]")
# All may be read where names are put together: ``f"SQLALCHEMY_{name}"``.
PUT_TOGETHER = re.compile(r"SQLALCHEMY_(?![A-Z])")
MENTIONED = {
    "SQLALCHEMY_BINDS": re.compile(r"SQLALCHEMY_BINDS|\b_*bind_keys?\b"),
    "MySQL": re.compile(r"mysql|mariadb", re.IGNORECASE),
    "SQLite in memory": re.compile(r":memory:|sqlite(?:\+pysqlite)?://(?=[\"'\s]|$)", re.MULTILINE),
    "SQLite file: URL": re.compile(r"sqlite:///file:"),
    "connect_args": re.compile(r"\bconnect_args\b"),
}
POOL_SETTINGS = {
    f"SQLALCHEMY_{name}" for name in ("POOL_SIZE", "POOL_TIMEOUT", "POOL_RECYCLE", "MAX_OVERFLOW")
}
SQLITE_PATH = re.compile(r"sqlite(?:\+pysqlite)?:///(?!:memory:|/)([\w.{%\"']?)")
# A file that makes the path of a database absolute.
ABSOLUTE = re.compile(
    r"abspath|__file__|\.resolve\(|root_path|instance_path|tmp_path|tempfile|getcwd|\.cwd\("
)
DATABASE_URL = re.compile(
    r"\b(?:sqlite|postgres(?:ql)?|mysql|mariadb|oracle|mssql|cockroachdb)(?:\+\w+)?://"
)
SHELL = re.compile(r"\bflask shell\b|\bmake_shell_context\b")
OWN_SHELL = re.compile(r"\bshell_context_processor\b")


def read(tree: Tree) -> frozenset[str]:
    """Return the settings by name, and what else there is, as `MENTIONED` calls it."""
    found: set[str] = set()
    has_url = False
    for text in _texts(tree):
        found.update(SETTING.findall(text))
        if PUT_TOGETHER.search(text):
            found |= {"SQLALCHEMY_ECHO", "SQLALCHEMY_ENGINE_OPTIONS"}
        found |= {name for name, pattern in MENTIONED.items() if pattern.search(text)}
        has_url = has_url or bool(DATABASE_URL.search(text))
        if any(_may_be_relative(start, text) for start in SQLITE_PATH.findall(text)):
            found.add("relative SQLite path")
    everything = [file.text for file in tree.files.values()]
    if any(map(SHELL.search, everything)) and not any(map(OWN_SHELL.search, everything)):
        found.add("shell context")
    if not has_url:
        found.add("URL from the environment")  # which may have a relative path of SQLite
    if found & POOL_SETTINGS:
        found.add("pool settings")
    return frozenset(found)


def _texts(tree: Tree) -> Iterator[str]:
    for path, file in tree.files.items():
        if not NOT_READ.search(path):
            yield file.text


def _may_be_relative(start: str, text: str) -> bool:
    """Return whether a path of SQLite may be relative.

    :param start: its first character, or that of what is put into it.
    :param text: the file in which it is.
    """
    if start and start not in "\"'{%":
        return True
    return not ABSOLUTE.search(text)
