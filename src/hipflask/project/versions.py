"""Which versions of Flask-SQLAlchemy and SQLAlchemy a project uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from .edits import line_number
from .files import Tree

NAMES_VERSIONS = {".txt", ".in", ".toml", ".cfg", ".lock", ".yml", ".yaml"}
# `flask-sqlalchemy==2.5.1`, `Flask-SQLAlchemy = "^3.0"`, and in a lock file the line below.
PINNED = (
    r"{name}\b[\"'\]]*\s*(?:\[[^\]]*\])?[\s\"',:={{\[(]*(?:version[\"'\s:=]+)?"
    r"([<>=~!^]*)\s*[\"']?v?(\d+)\.(\d+)"
)
FURTHER = re.compile(r"[\w.*]*\s*,\s*([<>=~!^]+)\s*(\d+)\.(\d+)")  # `>=1.3,<1.4`
EXACT = ("", "==", "===", "~=", "^")  # a lock file has no operator
OF_3 = re.compile(r"flask_sqlalchemy\.(?:pagination|query|record_queries|session|track_modifi)")
OF_2 = re.compile(
    r"^\s*from flask_sqlalchemy import [^\n]*\b(?:BaseQuery|SignallingSession|get_debug_queries)\b"
    r"|\.create_scoped_session\(",
    re.MULTILINE,
)
OF_SQLALCHEMY_2 = re.compile(r"\b(?:DeclarativeBase|mapped_column|Mapped\[)")


@dataclass(frozen=True)
class Pin:
    """A version of a distribution that a project requires.

    :param path: the file that says so; empty for the installed version.
    """

    path: str
    line: int
    operator: str
    version: tuple[int, int]


def pins(tree: Tree, name: str) -> list[Pin]:
    """Return the pins of a distribution, and the installed version if none is exact.

    :param name: a regular expression.
    """
    pattern = re.compile(r"(?<![\w-])" + PINNED.format(name=name), re.IGNORECASE)
    found: list[Pin] = []
    for path, file in sorted(tree.files.items(), key=lambda item: item[0].count("/")):
        name_of = PurePosixPath(path)
        if name_of.suffix in NAMES_VERSIONS or name_of.name in ("Pipfile", "setup.py"):
            text = file.text
            for match in pattern.finditer(text):
                line = line_number(text, match.start())
                further: re.Match[str] | None = match
                while further is not None:
                    operator, major, minor = further.groups()
                    found.append(Pin(path, line, operator, (int(major), int(minor))))
                    further = FURTHER.match(text, further.end())
    if not any(pin.operator in EXACT for pin in found):
        found += (
            Pin("", 0, "==", version)
            for distribution, version in tree.installed.items()
            if re.fullmatch(name, distribution, re.IGNORECASE)
        )
    return found


def flask_sqlalchemy_generation(tree: Tree, texts: Iterable[str]) -> int:
    """Return the major version of Flask-SQLAlchemy: 2 or 3."""
    said = pins(tree, r"flask[-_.]sqlalchemy")
    exact = [pin.version[0] for pin in said if pin.operator in EXACT]
    below = [pin.version[0] for pin in said if pin.operator == "<"]
    least = [pin.version[0] for pin in said if pin.operator.startswith(">")]
    everything = list(texts)
    if any(OF_3.search(text) for text in everything):
        return 3
    if any(OF_2.search(text) for text in everything):
        return 2
    for known in (exact, least):
        if known:
            return 3 if max(known) >= 3 else 2
    if below:
        return 2 if min(below) <= 3 else 3
    return 3


def sqlalchemy_generation(tree: Tree, texts: Iterable[str], generation: int) -> str:
    """Return the SQLAlchemy API to write for: "1.3", "1.4" or "2.0"."""
    said = pins(tree, "sqlalchemy")
    if any(OF_SQLALCHEMY_2.search(text) for text in texts):
        return "2.0"
    exact = [pin.version for pin in said if pin.operator in EXACT]
    if exact:
        newest = max(exact)
        return "2.0" if newest[0] >= 2 else "1.4" if newest >= (1, 4) else "1.3"
    if pin_before_1_4(tree) is not None:
        return "1.3"
    if generation == 2:
        return "1.4"  # 2.5 does not work with anything newer
    if any(pin.operator == "<" and pin.version[0] == 2 for pin in said):
        return "1.4"
    return "2.0"


def sqlalchemy_version(tree: Tree, sqlalchemy: str) -> str:
    """Return the SQLAlchemy version of the project: the API, or a newer version if one is known.

    :param sqlalchemy: the result of `sqlalchemy_generation`.
    """
    exact = [pin.version for pin in pins(tree, "sqlalchemy") if pin.operator in EXACT]
    major, minor = max(exact, default=(0, 0))
    return max(sqlalchemy, f"{major}.{minor}", key=lambda said: [*map(int, said.split("."))])


def pin_before_1_4(tree: Tree) -> Pin | None:
    """Return the pin that keeps the project on SQLAlchemy before 1.4, if there is one."""
    for pin in pins(tree, "sqlalchemy"):
        if pin.operator in EXACT or pin.operator == "<=":
            if pin.version < (1, 4):
                return pin
        elif pin.operator == "<" and pin.version <= (1, 4):
            return pin
    return None
