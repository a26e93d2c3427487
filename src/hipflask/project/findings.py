"""Places that must be checked by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """A place that must be checked by hand, and why.

    :param path: the file, relative to the project, with forward slashes.
    :param line: the line number, from 1; 0 for the whole file.
    :param rule: the rule that found it.
    :param reason: why, in one sentence, and what to do; the same text for all such places.
    :param what: the name that is meant at this place, where that differs from place to place.
    """

    path: str
    line: int
    rule: str
    reason: str
    what: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.rule}: {self.what and f'{self.what}: '}{self.reason}"
