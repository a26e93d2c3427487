"""The starter's names, wherever they stand as words, become the project's.

The starter is no template: it runs and is tested as it is. So what is renamed is found by how a
word stands: ``message`` is the resource in prose and in names, and its one column elsewhere.
"""

import builtins
import re
import tokenize
from io import StringIO
from itertools import pairwise
from pathlib import Path

from . import starter
from .names import PACKAGE, PLURAL, SINGULAR, InvalidNameError, Names

# The column, the key in JSON, and what logging and Alembic call so.
COLUMN = r"""
    (?<=["'])message(?=\\?["'])     # a key
  | (?<=\.)message\b(?!\()          # an attribute
  | (?<![\w.])message(?==(?!=))     # an argument, or a field of a form
  | (?<![\w.])message(?=:\ (?:Mapped|Annotated))
  | (?<=[%\ ]\()message(?=\))       # in SQL, in a format
  | (?<=\#/)message\b               # in a JSON pointer
  | (?<=SELECT\ )message\b
  | (?<=\{)message\b                # in Alembic's template
"""
BEFORE, AFTER = r"(?<![A-Za-z])", r"(?![a-z])"
VOWEL = re.compile(r"[aeio]|u(?!ni|s|t)")  # as it is spoken: an item, an upload, a user


class Renames:
    """From the starter's names to those of one project."""

    def __init__(self, names: Names) -> None:
        self.new = {
            PACKAGE: names.package,
            SINGULAR: names.singular,
            PLURAL: names.plural,
            "Message": names.model,
            "Messages": names.plural.replace("_", " ").capitalize(),
        }
        words = "|".join(sorted(self.new, key=len, reverse=True))
        # NewMessage is ours; getMessage is logging's, HTTPMessage the library's.
        self.pattern = re.compile(
            rf"(?P<column>{COLUMN})"
            rf"|(?:{BEFORE}|(?<=New))(?:(?P<a>[Aa])(?P<between>[ _]))?(?P<word>{words}){AFTER}"
            r"(?P<rest>[\w./]*(?P<gap>\ {2,})(?=\S))?",
            re.VERBOSE,
        )

    def text(self, text: str) -> str:
        """Return a text with the new names; what is aligned after one stays where it is."""
        return self.pattern.sub(self._new, text)

    def path(self, path: Path) -> Path:
        return Path(self.text(path.as_posix()))

    def check(self) -> None:
        """Refuse a name that means something else where it would stand.

        :raises InvalidNameError: it does.
        """
        taken: set[Path] = set()
        for path in starter.files():
            moved = self.path(path)
            if moved in taken:
                raise InvalidNameError(
                    f"{moved.stem!r} is a module that the project has itself. Choose another."
                )
            taken.add(moved)
            if path.suffix == ".py":
                self._check_module(path)

    def _check_module(self, path: Path) -> None:
        source = (starter.folder() / path).read_text(encoding="utf-8")
        there = identifiers(source)
        for old in sorted(there):
            new = self.text(old)
            if new != old and new in there.union(dir(builtins)):
                raise InvalidNameError(
                    f"{new!r} is a name that {path.name} has a use for. Choose another."
                )

    def _new(self, found: re.Match[str]) -> str:
        if found["column"]:
            return found[0]
        new = self.new[found["word"]]
        if found["a"]:
            new = found["a"] + "n" * bool(VOWEL.match(new)) + found["between"] + new
        if not found["rest"]:
            return new
        rest = found["rest"].removesuffix(found["gap"])
        return (new + self.text(rest)).ljust(len(found[0]) - 1) + " "


def identifiers(source: str) -> set[str]:
    """Return the names in a source, but for those of attributes, which nothing can hide."""
    tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    return {
        token.string
        for before, token in pairwise(tokens)
        if token.type == tokenize.NAME and before.string != "."
    }
