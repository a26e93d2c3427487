"""Edits source text at the positions of ``ast`` nodes, and leaves all other text unchanged."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field


class OverlapError(Exception):
    """Two edits overlap: a bug, which must not result in a broken file."""


def line_number(text: str, offset: int) -> int:
    """Return the line number of an offset, from 1."""
    return text.count("\n", 0, offset) + 1


@dataclass
class Source:
    """A text with edits.

    :param text: with any newlines.
    """

    text: str
    edits: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Lines as Python counts them: a form feed or U+2028 does not end one.
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of an ``ast`` position, whose column counts UTF-8 bytes."""
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        row = self.text[start:end]
        if row.isascii():
            return start + column
        return start + len(row.encode()[:column].decode(errors="replace"))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the start and end offsets of a node."""
        return (
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def text_of(self, node: ast.AST) -> str:
        """Return the original text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, start: int, end: int, text: str) -> None:
        """Replace a span of text; an empty span inserts."""
        known = self.edits.get((start, end))
        if start == end and known is not None and known != text:
            text = known + text
        self.edits[start, end] = text

    def is_replaced(self, start: int, end: int) -> bool:
        """Return whether another edit covers a span."""
        return any(
            first <= start and end <= last
            for first, last in self.edits
            if (first, last) != (start, end)
        )

    def line_start(self, offset: int) -> int:
        """Return the offset at which a line starts."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def line_end(self, offset: int) -> int:
        """Return the offset at which the next line starts."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def indentation(self, offset: int) -> str:
        """Return the indentation of a line."""
        start = self.line_start(offset)
        line = self.text[start : self.line_end(start)]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    @property
    def newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def result(self, start: int = 0, end: int | None = None) -> str:
        """Return the edited text, or a part of it.

        :raises OverlapError: two edits overlap.
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
