"""Which Flask-SQLAlchemy and SQLAlchemy a project is on, by what it pins and what it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from .edits import line_of
from .files import Tree

NAMES_VERSIONS = {".txt", ".in", ".toml", ".cfg", ".lock", ".yml", ".yaml"}
# `flask-sqlalchemy==2.5.1`, `Flask-SQLAlchemy = "^3.0"`, and in a lock file the line below.
PINNED = (
    r"{name}\b[\"'\]]*\s*(?:\[[^\]]*\])?[\s\"',:={{\[(]*(?:version[\"'\s:=]+)?"
    r"([<>=~!^]*)\s*[\"']?v?(\d+)\.(\d+)"
)
FURTHER = re.compile(r"[\w.*]*\s*,\s*([<>=~!^]+)\s*(\d+)\.(\d+)")  # `>=1.3,<1.4`
EXACT = ("", "==", "===", "~=", "^")  # none is what a lock file has
OF_3 = re.compile(r"flask_sqlalchemy\.(?:pagination|query|record_queries|session|track_modifi)")
OF_2 = re.compile(
    r"^\s*from flask_sqlalchemy import [^\n]*\b(?:BaseQuery|SignallingSession|get_debug_queries)\b"
    r"|\.create_scoped_session\(",
    re.MULTILINE,
)
OF_SQLALCHEMY_2 = re.compile(r"\b(?:DeclarativeBase|mapped_column|Mapped\[)")


@dataclass(frozen=True)
class Pin:
    """What a project says of the version of a distribution, and where.

    :param path: empty where nothing says it but what is installed.
    """

    path: str
    line: int
    operator: str
    version: tuple[int, int]


def pins(tree: Tree, name: str) -> list[Pin]:
    """Return what the project says of a distribution; where that leaves it open, what is installed.

    :param name: a pattern.
    """
    pattern = re.compile(r"(?<![\w-])" + PINNED.format(name=name), re.IGNORECASE)
    found: list[Pin] = []
    for path, file in sorted(tree.files.items(), key=lambda item: item[0].count("/")):
        name_of = PurePosixPath(path)
        if name_of.suffix in NAMES_VERSIONS or name_of.name in ("Pipfile", "setup.py"):
            text = file.text
            for match in pattern.finditer(text):
                line = line_of(text, match.start())
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
    """Return the generation of Flask-SQLAlchemy: 2 or 3."""
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
    """Return the SQLAlchemy that is written for: "1.3", "1.4" or "2.0"."""
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
    """Return the SQLAlchemy that the project is on, where that is newer than what is needed.

    :param sqlalchemy: what :func:`sqlalchemy_generation` returned.
    """
    exact = [pin.version for pin in pins(tree, "sqlalchemy") if pin.operator in EXACT]
    major, minor = max(exact, default=(0, 0))
    return max(sqlalchemy, f"{major}.{minor}", key=lambda said: [*map(int, said.split("."))])


def pin_before_1_4(tree: Tree) -> Pin | None:
    """Return what keeps the project on a SQLAlchemy before 1.4."""
    for pin in pins(tree, "sqlalchemy"):
        if pin.operator in EXACT or pin.operator == "<=":
            if pin.version < (1, 4):
                return pin
        elif pin.operator == "<" and pin.version <= (1, 4):
            return pin
    return None
