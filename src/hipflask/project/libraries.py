"""Which names belong to Python or to installed packages, and not to the project."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import PurePosixPath
from typing import Any

from .files import Tree
from .requirements import is_requirements

# What the converter is about, wherever a project says that it needs it.
ALWAYS = frozenset({"alembic", "flask", "flask_migrate", "flask_sqlalchemy", "sqlalchemy"})
REQUIRED = re.compile(r"^[ \t]*([A-Za-z][\w.-]*)[ \t]*(?:$|[\[<>=~!;@#])", re.MULTILINE)
PIPFILE = ("packages", "dev-packages")
OF_SETUP = re.compile(r"_requires?\b\s*=\s*\[([^\]]*)")
QUOTED = re.compile(r"[\"']([A-Za-z][\w.-]*)")


def library_names(tree: Tree) -> frozenset[str]:
    """Return the top-level names that a project gets from Python and from its requirements."""
    names: set[str] = set()
    for distribution in (*tree.installed, *_required(tree)):
        name = re.sub(r"[-.]", "_", distribution.lower())
        names |= {name, name.removeprefix("py"), name.removeprefix("python_")}
    return frozenset(names - _packages(tree) | sys.stdlib_module_names | ALWAYS)


def _packages(tree: Tree) -> set[str]:
    """Return the packages of the project, whose own name is among what is installed."""
    return {
        PurePosixPath(path).parent.name
        for path in tree.files
        if path.endswith("/__init__.py")
        and str(PurePosixPath(path).parents[1] / "__init__.py") not in tree.files
    }


def _required(tree: Tree) -> Iterator[str]:
    for path, file in tree.files.items():
        name = PurePosixPath(path).name
        if is_requirements(path):
            yield from REQUIRED.findall(file.text)
        elif name in ("Pipfile", "pyproject.toml"):
            try:
                yield from _of_toml(tomllib.loads(file.text))
            except tomllib.TOMLDecodeError:
                continue
        elif name == "setup.cfg":
            yield from _of_config(file.text)
        elif name == "setup.py":
            for listed in OF_SETUP.findall(file.text):
                yield from QUOTED.findall(listed)


def _of_config(text: str) -> Iterator[str]:
    config = ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except ConfigError:
        return
    yield from REQUIRED.findall(config.get("options", "install_requires", fallback=""))
    if config.has_section("options.extras_require"):
        for _, listed in config.items("options.extras_require"):
            yield from REQUIRED.findall(listed)


def _of_toml(said: dict[str, Any]) -> Iterator[str]:
    """Yield what a pyproject.toml or a Pipfile requires: keys of tables, and items of lists."""
    for key, value in said.items():
        is_table = isinstance(value, dict)
        if key.endswith(("dependencies", "dependency-groups")) or (key in PIPFILE and is_table):
            yield from _requirements(value)
        elif is_table:
            yield from _of_toml(value)


def _requirements(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, list):
                yield from _requirements(inner)
            else:
                yield key
    elif isinstance(value, Iterable):
        for item in value:
            if isinstance(item, str) and (match := re.match(r"[A-Za-z][\w.-]*", item)):
                yield match[0]
