"""Turns the call of a method into that of a function: ``query.method(x)`` into ``method(query, x)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from keyword import iskeyword

from ...project import Source
from .file import File

# What may be between a receiver and the dot behind it.
BLANK = re.compile(r"(?:\s|\\|#[^\n]*)*")


def call_function(file: File, call: ast.Call, name: str, first: ast.expr) -> None:
    """Turn the call of a method into that of a function, and keep the layout of the call.

    :param name: how the function is written here.
    :param first: its first argument: the receiver of the method, or the start of the receiver.
    """
    source, text = file.source, file.source.text
    start, end = source.span(call)
    behind_first = _end(first, source)
    gap = re.sub(r"[ \t]*\\", "", _blank(text, behind_first))
    opening = text.index("(", source.span(call.func)[1])
    inside = opening + 1 + len(text[opening + 1 :]) - len(text[opening + 1 :].lstrip())
    indent = text[opening + 1 : inside]
    arguments = [*call.args, *call.keywords]
    around = _brackets_around(text, start, end)
    if around is None:
        on_own_line = "\n" in indent and bool(arguments)
        source.replace(start, start, f"{name}({indent if on_own_line else ''}")
        if on_own_line:
            width = len(source.indentation(start))
            _move([first], width, _column(text, inside), source)
        else:
            _move(arguments, _column(text, inside), _column(text, start) + len(name) + 1, source)
        separator = gap if "#" in gap else indent if on_own_line else gap
    else:
        added = f" {name}" if text[around - 1 : around].isalnum() else name
        source.replace(around, around, added)
        _remove_bracket(end, inside, source)
        separator = gap if "\n" in gap else indent
        old, new = _column(text, inside), _width(gap)
        if "\n" not in text[around:start]:
            column = _column(text, start)
            _move([first], column, column + len(added), source)
            if "\n" in gap and new >= column:
                new = column + len(added)
                separator = gap[: len(gap) - _width(gap)] + " " * new
        if "\n" in gap:
            _move(arguments, old, new, source)
    if arguments:
        source.replace(behind_first, inside, f",{separator if separator.strip(' ') else ' '}")
    else:
        source.replace(behind_first, inside, gap if "#" in gap else "")


def _remove_bracket(end: int, inside: int, source: Source) -> None:
    """Remove the bracket that ends a call, with the line that it has for itself."""
    text = source.text
    last = max(len(text[: end - 1].rstrip()), inside)
    is_comment = "#" in text[source.line_start(last) : last]
    ends_line = text[end:].lstrip(" \t")[:1] in ("\r", "\n")
    source.replace(end - 1 if is_comment and not ends_line else last, end, "")


def _end(node: ast.expr, source: Source) -> int:
    """Return the end of an expression with the brackets around it."""
    end = source.span(node)[1]
    while True:
        behind = end + len(_blank(source.text, end))
        if source.text[behind] != ")":
            return end
        end = behind + 1


def _blank(text: str, offset: int) -> str:
    found = BLANK.match(text, offset)
    return found[0] if found else ""


def _brackets_around(text: str, start: int, end: int) -> int | None:
    """Return where the brackets begin that are around an expression, and around nothing else."""
    before = text[:start].rstrip()
    behind = end + len(_blank(text, end))
    if not before.endswith("(") or text[behind : behind + 1] != ")":
        return None
    outside = before[:-1].rstrip()
    word = re.search(r"\w+$", outside)
    is_call = not iskeyword(word[0]) if word else outside.endswith((")", "]", '"', "'"))
    return None if is_call else len(before) - 1


def _move(nodes: Iterable[ast.AST], old: int, new: int, source: Source) -> None:
    """Move the further lines of expressions from one column to another."""
    inner = [
        child
        for node in nodes
        for child in ast.walk(node)
        if isinstance(child, ast.expr | ast.keyword)
    ]
    of_strings = {
        line
        for node in inner
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for line in range(node.lineno + 1, (node.end_lineno or 0) + 1)
    }
    lines = [line for node in inner for line in (node.lineno, node.end_lineno or 0)]
    for line in range(min(lines, default=0) + 1, max(lines, default=0) + 1):
        start = source.offset(line, 0)
        indentation = source.indentation(start)
        rest = source.text[start + len(indentation) : source.line_end(start)].strip()
        # (What another rule replaces may begin on the line above.)
        is_free = line not in of_strings and not rest.startswith((".query", ".session"))
        if is_free and rest and len(indentation) >= old and "\t" not in indentation:
            width = len(indentation) + new - old
            source.replace(start, start + len(indentation), " " * width)


def _width(gap: str) -> int:
    """Return the indentation behind the last line break."""
    return len(gap.rpartition("\n")[2])


def _column(text: str, offset: int) -> int:
    return offset - max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) - 1
