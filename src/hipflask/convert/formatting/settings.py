"""Reads what a project sets for the tools that format it."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from ...project import Tree

RUFF = ("ruff.toml", ".ruff.toml")
INI = ("setup.cfg", "tox.ini", ".flake8", ".isort.cfg")
FILES = ("pyproject.toml", *RUFF, *INI)
PROSE = (".lock", ".md", ".py", ".rst")
PYCODESTYLE = re.compile(r"\b(?:flake8|pycodestyle)\b")
# Its command in a Makefile, tox.ini or a list of hooks.
BLACK = re.compile(r"\bblack\b.{0,100}", re.DOTALL)
BLACK_LENGTH = re.compile(r"(?:-l|--line-length)[= \"',]+(\d+)")
BLACK_KEEPS_QUOTES = re.compile(r"-S\b|--skip-string-normalization")
USUAL_LENGTH = "88"  # of black and ruff
PEP_8_LENGTH = "79"  # of flake8 and pycodestyle


class Settings:
    """What a project sets at its root.

    :param tree: the project.
    """

    def __init__(self, tree: Tree) -> None:
        texts = {
            path: file.text
            for path, file in tree.files.items()
            if not file.is_python and not path.endswith(PROSE)
        }
        tools = _toml(texts.get("pyproject.toml", "")).get("tool", {})
        ini = _ini(texts[path] for path in INI if path in texts)
        self.has_ruff = any(
            path.endswith(RUFF) or (path.endswith("pyproject.toml") and "[tool.ruff" in text)
            for path, text in texts.items()
        )
        self.isort: Mapping[str, Any] | None = tools.get("isort", ini.get("isort"))
        self.black: Mapping[str, Any] | None = tools.get("black")
        self.black_options: list[str] = []
        self.prefers_black = self.black is not None or not self.has_ruff
        if self.black is None:
            self._read_command_of_black(texts.values())
        self._flake8: Mapping[str, Any] = ini.get("flake8", {})
        self._has_pycodestyle = any(map(PYCODESTYLE.search, texts.values()))

    def _read_command_of_black(self, texts: Iterable[str]) -> None:
        said = [found[0] for text in texts for found in BLACK.finditer(text)]
        if not said:
            return
        lengths = [found[1] for text in said if (found := BLACK_LENGTH.search(text))]
        self.black = {"line-length": lengths[0]} if lengths else {}
        if lengths:
            self.black_options.append(f"--line-length={lengths[0]}")
        if any(map(BLACK_KEEPS_QUOTES.search, said)):
            self.black_options.append("--skip-string-normalization")

    @property
    def line_length(self) -> str | None:
        """The longest line, as far as it is set outside the settings of ruff."""
        if self.black is not None:
            return str(self.black.get("line-length", USUAL_LENGTH))
        for name, place in (("max-line-length", self._flake8), ("line_length", self.isort or {})):
            if found := re.match(r"\d+", str(place.get(name, ""))):
                return found[0]
        return PEP_8_LENGTH if self._has_pycodestyle else None


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _ini(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the sections of several files; that of isort has three names."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        for section in parser.sections():
            name = "isort" if section in ("settings", "tool:isort") else section
            found[name] = found.get(name, {}) | dict(parser[section])
    return found
