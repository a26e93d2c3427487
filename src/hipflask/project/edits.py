"""Changes to a text by the places that ``ast`` gives, so that all else stays as it is."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field


class OverlapError(Exception):
    """Two changes want the same text: a bug, which must not end in a broken file."""


def line_of(text: str, offset: int) -> int:
    """Return the number of the line that a place is in, from 1."""
    return text.count("\n", 0, offset) + 1


@dataclass
class Source:
    """A text with changes to be made.

    :param text: with newlines of any kind.
    """

    text: str
    edits: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # As Python counts lines: a form feed or U+2028 ends none.
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        """Return where a place of ``ast`` is, whose columns are bytes of UTF-8."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        row = self.text[start:end]
        if row.isascii():
            return start + column
        return start + len(row.encode()[:column].decode(errors="replace"))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the first offset of a node, and the one behind it."""
        return (
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def of(self, node: ast.AST) -> str:
        """Return the text of a node, as it was read."""
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, start: int, end: int, text: str) -> None:
        """Put a text in the place of another; an empty span inserts."""
        known = self.edits.get((start, end))
        if start == end and known is not None and known != text:
            text = known + text
        self.edits[start, end] = text

    def is_replaced(self, start: int, end: int) -> bool:
        """Tell whether a change takes in all of a place."""
        return any(
            first <= start and end <= last
            for first, last in self.edits
            if (first, last) != (start, end)
        )

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """Return where the next line begins."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def indentation(self, offset: int) -> str:
        """Return the white space that the line of an offset begins with."""
        start = self.line_start(offset)
        line = self.text[start : self.line_end(start)]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    @property
    def newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def result(self, start: int = 0, end: int | None = None) -> str:
        """Return the text, or a part of it, with the changes made.

        :raises OverlapError: two changes want the same text.
        """
        end = len(self.text) if end is None else end
        parts: list[str] = []
        position = start
        for (first, last), text in sorted(self.edits.items()):
            if first < start or last > end:
                continue
            if first < position:
                raise OverlapError(self.text[first:last])
            parts += (self.text[position:first], text)
            position = last
        return "".join((*parts, self.text[position:end]))
