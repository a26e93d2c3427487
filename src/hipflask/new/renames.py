"""Gives the starter the names of a project.

The starter is not a template: it runs and is tested as it stands. Its resource is called
``message`` and so is its one column, so what a word means is told by where it stands.
"""

import ast
import builtins
import re
import tokenize
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from pathlib import Path

from . import starter
from .names import COLUMN, PACKAGE, PLURAL, SINGULAR, InvalidNameError, Names

# Files that serve any resource: only the package is renamed here. What they call a message is that
# of a log line or of a revision.
GENERIC = (
    "src/starter/web/",
    "src/starter/migrations/env.py",
    "src/starter/migrations/script.py.mako",
)

# Where ``message`` is neither the resource nor its column.
OTHER = r"""
    "message":\ "Hello\ friend!"    # the greeting at /
  | %\(message\)s                   # the format of a log line
  | caplog\.messages
  | message:\ str\ \|\ None         # Alembic's option --message
  | (?<=command\.revision\(config,\ )message
"""

# Where ``message`` is the column, or its key in JSON.
AS_COLUMN = r"""
    (?<=["'])message(?=\\?["'])     # a key
  | (?<=\.)message\b(?!\()          # an attribute
  | (?<![\w.])message(?==(?!=))     # an argument, or a field of a form
  | (?<![\w.])message(?=:\ (?:Mapped|Annotated|str)\b)
  | (?<=`)message(?=`)              # in prose
  | (?<=\#/)message\b               # in a JSON pointer
  | (?<=\ \()message(?=\))          # in SQL
  | (?<=SELECT\ )message\b
  | (?<=,\ )message(?=\ FROM\b)
  | (?<=SET\ )message\b
  | (?<=rename[\ _])message\b       # in the README's recipe for renaming it
  | (?<=\]\))message(?=\\b)
  | (?<=\\b)message(?=\(\?=)
"""

# What the README's recipe renames the column to, and what else if it has that name already.
RECIPE = {"content": "body"}

BEFORE, AFTER = r"(?<![A-Za-z])", r"(?![a-z])"
VOWEL = re.compile(r"[aeio]|u(?!ni|s|t)")  # by its sound: an item, an upload, a user


class Renames:
    """The names of the starter and what one project calls them."""

    def __init__(self, names: Names) -> None:
        self.names, self.column = names, names.column
        self.words = {
            PACKAGE: names.package,
            SINGULAR: names.singular,
            PLURAL: names.plural,
            "Message": names.model,
            "Messages": names.plural.replace("_", " ").capitalize(),
        }
        words = "|".join(sorted(self.words, key=len, reverse=True))
        # NewMessage is ours; getMessage is logging's, HTTPMessage the standard library's.
        self.pattern = re.compile(
            rf"(?P<other>{OTHER})|(?P<column>{AS_COLUMN})"
            rf"|(?:{BEFORE}|(?<=New))(?:(?P<article>[Aa])(?P<between>[ _]))?(?P<word>{words}){AFTER}"
            r"(?P<rest>[\w./]*(?P<gap>\ {2,})(?=\S))?",
            re.VERBOSE,
        )
        self.package = re.compile(rf"{BEFORE}{PACKAGE}{AFTER}")

    def file(self, path: str, text: str) -> str:
        """Return the text of one of the starter's files under the new names."""
        if path.startswith(GENERIC):
            return self.package.sub(self.words[PACKAGE], text)
        if path == "README.md" and self.column in RECIPE:
            text = re.sub(rf"\b{self.column}\b(?!-)", RECIPE[self.column], text)
        return self.text(text)

    def text(self, text: str) -> str:
        """Return a text under the new names; columns of text stay aligned."""
        return self.pattern.sub(self._renamed, text)

    def path(self, path: Path) -> Path:
        return Path(self.text(path.as_posix()))

    def _renamed(self, found: re.Match[str]) -> str:
        if found["other"]:
            return found[0]
        if found["column"]:
            return self.column
        new = self.words[found["word"]]
        if found["article"]:
            article = found["article"] + "n" * bool(VOWEL.match(new.lower()))
            new = article + found["between"] + new
        if not found["rest"]:
            return new
        rest = found["rest"].removesuffix(found["gap"])
        return (new + self.text(rest)).ljust(len(found[0]) - 1) + " "

    def check(self) -> None:
        """Refuse a name that means something else where it would stand.

        :raises InvalidNameError: it does.
        """
        taken: set[Path] = set()
        for path in starter.files():
            moved = self.path(path)
            if moved in taken:
                raise self._already(moved.stem, "is a module of the project")
            taken.add(moved)
            if path.suffix == ".py" and not path.as_posix().startswith(GENERIC):
                self._check_module(path)

    def _check_module(self, path: Path) -> None:
        source = (starter.folder() / path).read_text(encoding="utf-8")
        before, after = (
            bare_names(source),
            bare_names(Renames(replace(self.names, column=COLUMN)).text(source)),
        )
        known = {*before, *dir(builtins)}
        for old, new in zip(before, after, strict=True):
            if new != old and new in known:
                raise self._already(new, f"has another meaning in {path.name}")
        if self.column != COLUMN and self.column in names_beside_column(source):
            raise self._already(self.column, f"has another meaning in {path.name}")

    def _already(self, name: str, why: str) -> InvalidNameError:
        package = self.words[PACKAGE]
        other = f"my_{name}" if name == package else f"{package}_{name}"
        if name == self.names.plural:  # an option takes the singular
            other = f"{package}_{self.names.singular}"
        return InvalidNameError(f"{name!r} {why}. Choose another name, such as {other}.")


def bare_names(source: str) -> list[str]:
    """Return the names in a source, without those of attributes, which hide nothing."""
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    return [
        token.string
        for before, token in pairwise(tokens)
        if token.type == tokenize.NAME and before.string != "."
    ]


def names_beside_column(source: str) -> set[str]:
    """Return the names that a class uses which has the column: another column would hide them."""
    return {
        name.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and COLUMN in fields(node)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }


def fields(node: ast.ClassDef) -> set[str]:
    return {
        statement.target.id
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }
