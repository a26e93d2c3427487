"""What the converter has to say: a change it makes, and a finding it leaves to a person."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from .encodings import EncodingError, decode


@dataclass(frozen=True, order=True)
class Finding:
    """A place that was left as it is, or that a person must see, and why.

    :param path: the file, relative to the project, with forward slashes.
    :param line: the line, from 1; 0 where it is the whole file that is meant.
    :param rule: the rule that found it.
    :param reason: a sentence that names the remedy.
    """

    path: str
    line: int
    rule: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.rule}: {self.reason}"


@dataclass(frozen=True, order=True)
class Change:
    """A file before and after.

    :param path: the file, relative to the project, with forward slashes.
    :param before: what was read; None where there was no file.
    :param after: what is to be written; None where the file is to go.
    """

    path: str
    before: bytes | None
    after: bytes | None


def diff(changes: Iterable[Change]) -> str:
    """Return the changes as one unified diff, which ``git apply`` and ``patch -p1`` take."""
    return "".join(_diff(change) for change in sorted(changes) if change.before != change.after)


def _diff(change: Change) -> str:
    # A tab ends a name with a space in it; without one, patch would cut the name there.
    end = "\t" if " " in change.path else ""
    lines = difflib.unified_diff(
        _lines(change.before),
        _lines(change.after),
        "/dev/null" if change.before is None else f"a/{change.path}{end}",
        "/dev/null" if change.after is None else f"b/{change.path}{end}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(data: bytes | None) -> list[str]:
    try:
        text = decode(data or b"")
    except EncodingError:
        text = (data or b"").decode("ascii", "backslashreplace")
    # Not splitlines(): it also splits at a form feed, which is no end of a line to anybody else.
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]
