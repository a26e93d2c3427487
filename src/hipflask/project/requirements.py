"""Reads which versions of a distribution a project asks for, in each format that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from .edits import line_number
from .files import Tree

REQUIREMENTS = re.compile(r"[\w.-]*(?:requirements?|constraints?|deps)[\w.-]*\.(?:txt|in|pip)\Z")
ENVIRONMENT = re.compile(r"[\w.-]*(?:environment|conda)[\w.-]*\.ya?ml\Z")
COMMENT = re.compile(r"(?:^|[ \t])#.*", re.MULTILINE)
NAME = r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)"
BOUNDS = r"(?P<bounds>\(?\s*[<>=~!^]=?=?\s*v?\d[^\"';#\n]*)"
EXTRAS = r"(?:\[[^\]\n]*\])?"
# A requirement is a line of its own, a string, or, in an ini file, what follows a key.
LINE = re.compile(rf"^\s*(?:-\s+[\"']?)?(?:[\w-]+::)?{NAME}{EXTRAS}\s*{BOUNDS}", re.MULTILINE)
STRING = re.compile(rf"[\"']\s*{NAME}{EXTRAS}\s*{BOUNDS}")
IN_INI = re.compile(rf"^(?:.*[=:]\s+|\s*){NAME}{EXTRAS}\s*{BOUNDS}", re.MULTILINE)
KEY = re.compile(
    rf"^[ \t]*[\"']?{NAME}[\"']?\s*=\s*(?:\{{[^\n]*?\bversion\s*=\s*)?[\"'](?P<bounds>[^\"'\n]*\d[^\"'\n]*)",
    re.MULTILINE,
)
TABLE = re.compile(
    rf"^\[[^\]\n]*dependencies\.[\"']?{NAME}[\"']?\]\s*\n(?:[^\[\n]*\n)*?"
    r"version\s*=\s*[\"'](?P<bounds>[^\"'\n]+)",
    re.MULTILINE,
)
# In a lock file only what it locks counts, not what that asks for in turn.
LOCKED = re.compile(
    rf"^\[\[package\]\]\s*\nname = \"{NAME}\"\s*\nversion = \"(?P<bounds>[^\"\n]+)", re.MULTILINE
)
LOCKED_BY_PIPENV = re.compile(
    rf"^\s*\"{NAME}\": \{{[^{{}}]*?\"version\": \"(?P<bounds>[^\"\n]+)", re.MULTILINE
)
LOCKED_BY_CONDA = re.compile(
    rf"^\s*(?:- )?name: {NAME}\s*\n\s*version: [\"']?(?P<bounds>[\w.]+)", re.MULTILINE
)
BOUND = re.compile(r"([<>=~!^]*)\s*v?((\d+)(?:\.(\d+))?[\w.+!*-]*)")


@dataclass(frozen=True)
class Pin:
    """A version of a distribution that a project requires.

    :param path: the file that says so; empty for the installed version.
    :param version: its first two numbers.
    :param text: all of it.
    """

    path: str
    line: int
    operator: str
    version: tuple[int, int]
    text: str


EXACT = ("", "==", "===", "~=", "^")  # Poetry's caret and a compatible release: of one generation


def pins(tree: Tree, name: str) -> list[Pin]:
    """Return the pins of a distribution, and the installed version if none is exact.

    :param name: a regular expression.
    """
    wanted = re.compile(name, re.IGNORECASE)
    found: list[Pin] = []
    for path, file in sorted(tree.files.items(), key=lambda item: item[0].count("/")):
        if (formats := _formats(path)) and wanted.search(file.text):
            text = file.text.replace("\r\n", "\n")
            # The lines stay where they are.
            text = text if _is_lock(path) else COMMENT.sub("", text)
            for match in (match for form in formats for match in form.finditer(text)):
                if wanted.fullmatch(match["name"]):
                    line = line_number(text, match.start("name"))
                    found += _bounds(path, line, match["bounds"], locked=_is_lock(path))
    if not any(pin.operator in EXACT for pin in found):
        for distribution, version in tree.installed.items():
            if wanted.fullmatch(distribution):
                found += _bounds("", 0, version, locked=True)
    return found


def resolved(tree: Tree, name: str) -> str:
    """Return the version of a distribution that a project locks, pins or has installed, or ""."""
    exact = (pin.text for pin in pins(tree, name) if pin.operator in ("==", "==="))
    return next((text for text in exact if "*" not in text), "")


def is_requirements(path: str) -> bool:
    """Return whether a file is a list of requirements for pip."""
    name = PurePosixPath(path)
    return REQUIREMENTS.match(name.name) is not None or (
        name.parent.name == "requirements" and name.suffix in (".txt", ".in")
    )


def _is_lock(path: str) -> bool:
    return path.endswith(".lock") or PurePosixPath(path).name.startswith("conda-lock")


def _formats(path: str) -> tuple[re.Pattern[str], ...]:
    name = PurePosixPath(path).name
    if _is_lock(path):
        return (LOCKED, LOCKED_BY_PIPENV, LOCKED_BY_CONDA)
    if is_requirements(path) or ENVIRONMENT.match(name):
        return (LINE,)
    by_name = {
        "setup.cfg": (IN_INI,),
        "tox.ini": (IN_INI,),
        "setup.py": (STRING,),
        "pyproject.toml": (STRING, KEY, TABLE),
        "Pipfile": (KEY, TABLE),
    }
    return by_name.get(name, ())


def _bounds(path: str, line: int, bounds: str, *, locked: bool) -> Iterator[Pin]:
    for operator, text, major, minor in BOUND.findall(bounds):
        # Conda writes `=1.4`, a lock file and what is installed have no operator.
        of_lock = "==" if locked and not operator else operator
        yield Pin(
            path, line, "" if of_lock == "=" else of_lock, (int(major), int(minor or 0)), text
        )
