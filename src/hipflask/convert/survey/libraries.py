"""Finds installed libraries that need what the conversion removes. Reads them as text only."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...project import Finding, Index, Tree, line_number, parse
from .home import is_example

RULE = "libraries"
# What has rules or refusals of its own, and what does without the extension.
KNOWN = frozenset(
    [
        "alembic",
        "flask",
        "flask_alembic",
        "flask_appbuilder",
        "flask_marshmallow",
        "flask_migrate",
        "flask_msearch",
        "flask_security",
        "flask_session",
        "flask_sqlalchemy",
        "flask_sqlalchemy_caching",
        "flask_user",
        "flask_whooshalchemy",
        "flask_whooshee",
        "marshmallow_sqlalchemy",
        "pytest",
        "sqlalchemy",
        "werkzeug",
    ]
)
EXTENSIONS = ("flask_sqlalchemy", "flask_migrate")
NEEDED = re.compile(
    r"\bextensions\[[\"'](?:sqlalchemy|migrate)[\"']\]|\bFLASK_SQLALCHEMY_DB\b"
    rf"|^(?:from|import)[ \t]+(?:{'|'.join(EXTENSIONS)})\b",
    re.MULTILINE,
)
HINTS = (b"extensions[", b"FLASK_SQLALCHEMY_DB", b"flask_sqlalchemy", b"flask_migrate")
PLUGINS = re.compile(r"^\[(?:pytest11|flask\.commands)\]\n((?:[^\[\n].*\n?|\n)*)", re.MULTILINE)
TARGET = re.compile(r"=\s*([\w.]+)")


@dataclass(frozen=True)
class Use:
    """Where a project uses an installed module.

    :param module: its dotted name.
    """

    path: str
    line: int
    module: str


def find(tree: Tree, index: Index, python: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the uses of installed libraries that need what the conversion removes.

    :param python: the text of each Python file by its path.
    """
    needs: dict[str, str] = {}
    for use in (*_imported(index, python), *_required(tree)):
        if use.module not in needs:
            needs[use.module] = _need(tree.site_packages, use.module)
        if needs[use.module]:
            reason = (
                f"{use.module} needs {needs[use.module]}, which the conversion removes. Replace "
                "the library, or give it what it asks for where the app is created."
            )
            yield Finding(use.path, use.line, RULE, reason)


def _imported(index: Index, python: Mapping[str, str]) -> Iterator[Use]:
    for path in sorted(python, key=is_example):
        top = index.modules[path]
        names = [
            *(module for module, level in top.imports if not level),
            *(module for module, level, _ in top.from_imports if not level),
        ]
        for module in dict.fromkeys(names):
            if not _is_known(module) and index.find(path, module, 0) is None:
                said = re.search(
                    rf"^[ \t]*(?:from|import)[ \t]+{re.escape(module)}\b", python[path], re.M
                )
                yield Use(path, line_number(python[path], said.start()) if said else 0, module)


def _required(tree: Tree) -> Iterator[Use]:
    """Yield the plugins of distributions that the project requires, which nobody imports."""
    for folder in tree.site_packages:
        for info in sorted(folder.glob("*.dist-info/entry_points.txt")):
            name = re.sub(r"[-_.]+", "[-_.]+", info.parent.name.partition("-")[0])
            required = re.compile(rf"(?<![\w.-]){name}(?![\w.-])", re.IGNORECASE)
            for section in PLUGINS.findall(info.read_text(encoding="utf-8", errors="replace")):
                for module in TARGET.findall(section):
                    for file in tree.files.values():
                        said = None if file.is_python else required.search(file.text)
                        if said and not _is_known(module):
                            yield Use(file.path, line_number(file.text, said.start()), module)


def _is_known(module: str) -> bool:
    top = module.partition(".")[0]
    return top in KNOWN or top in sys.stdlib_module_names


def _need(folders: Iterable[Path], module: str) -> str:
    """Return what an installed module needs, and where it says so; empty if it needs nothing."""
    for folder in folders:
        if _may_need(folder, module.partition(".")[0]):
            return next(_needs(folder, module), "")
    return ""


@cache
def _may_need(folder: Path, top: str) -> bool:
    """Return whether a library contains what is looked for, by a quick look at its bytes."""
    package = folder / top
    files = package.rglob("*.py") if package.is_dir() else folder.glob(f"{top}.py")
    return any(
        hint in data
        for file in files
        if file.is_file()
        for data in (file.read_bytes(),)
        for hint in HINTS
    )


def _needs(folder: Path, module: str) -> Iterator[str]:
    """Yield the needs of a module and of all that it imports from the same library."""
    top = module.partition(".")[0]
    parts = module.split(".")
    todo = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    seen = {*todo}
    while todo:
        name = todo.pop()
        stem = folder.joinpath(*name.split("."))
        is_package = (stem / "__init__.py").is_file()
        file = stem / "__init__.py" if is_package else stem.with_suffix(".py")
        text = _text(file)
        for found in NEEDED.finditer(text):
            where = f"{file.relative_to(folder).as_posix()}:{line_number(text, found.start())}"
            yield f"{found[0].split()[-1]} ({where} in the installed library)"
        for imported in _imports(text, name if is_package else name.rpartition(".")[0]):
            if imported.partition(".")[0] == top and imported not in seen:
                seen.add(imported)
                todo.append(imported)


def _imports(text: str, package: str) -> Iterator[str]:
    """Yield what a module imports as soon as it is imported itself."""
    try:
        body = parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
