"""What a command leaves to a person: a place, and why."""

from __future__ import annotations

from dataclasses import dataclass


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
