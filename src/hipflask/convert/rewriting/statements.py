"""Removes and inserts statements, and keeps the layout of a file."""

from __future__ import annotations

import ast

from ...project import Source
from .file import File, Function


def remove_statement(file: File, node: ast.stmt) -> None:
    """Remove a statement with its line; an empty block gets a ``pass``."""
    source = file.source
    start, end = source.span(node)
    decorators = getattr(node, "decorator_list", None)
    if decorators:
        start = source.text.rfind("@", 0, source.span(decorators[0])[0])
    if file.fills_block(node):
        source.replace(start, end, "pass")
        return
    line, following = source.line_start(start), source.line_end(end)
    rest = source.text[end:following].strip()
    if source.text[line:start].strip() or (rest and not rest.startswith("#")):
        # It shares its line with others.
        semicolon = source.text.find(";", end, following)
        if semicolon >= 0 and not source.text[end:semicolon].strip():
            end = semicolon + 1
            while end < following and source.text[end] in " \t":
                end += 1
            source.replace(start, end, "")
        else:
            source.replace(start, end, "pass")
        return
    for _ in range(_blank_lines_above(source, line)):
        if following == len(source.text) or source.text[following] not in "\r\n":
            break
        following = source.line_end(following)
    source.replace(line, following, "")


def _blank_lines_above(source: Source, offset: int) -> int:
    """Return how many there are: as many go below, so that no gap is left."""
    count = 0
    while offset and not source.text[source.line_start(offset - 1) : offset].strip():
        offset = source.line_start(offset - 1)
        count += 1
    return count


def remove_aliases(file: File, node: ast.Import | ast.ImportFrom, gone: list[ast.alias]) -> None:
    """Remove some of the names that a statement imports."""
    source = file.source
    first = next(
        n for n in range(len(node.names), -1, -1) if not n or node.names[n - 1] not in gone
    )
    last = node.names[first:]
    end = source.span(node.names[-1])[1]
    if len(last) > 1 and not source.text[end : source.span(node)[1]].strip().startswith(","):
        # With the comma in front of them: none is behind the last one.
        source.replace(source.text.rindex(",", 0, source.span(last[0])[0]), end, "")
        gone = [alias for alias in gone if alias not in last]
    for alias in gone:
        _remove_alias(file, node, alias)


def _remove_alias(file: File, node: ast.stmt, alias: ast.alias) -> None:
    source = file.source
    start, end = source.span(alias)
    stop = source.span(node)[1]
    comma = source.text.find(",", end, stop)
    if comma >= 0 and not source.text[end:comma].strip():
        end = comma + 1
        if source.text[source.line_start(start) : start].strip():
            while end < stop and source.text[end] in " \t":
                end += 1
        else:  # a line of its own goes as one
            following = source.line_end(end)
            if not source.text[end:following].split("#")[0].strip():
                start, end = source.line_start(start), following
            else:
                while end < stop and source.text[end] in " \t":
                    end += 1
    else:
        before = source.text.rfind(",", 0, start)
        if before > source.span(node)[0]:
            start = before
    source.replace(start, end, "")


def begins_group(file: File, node: ast.stmt) -> bool:
    """Return whether a blank line is between an import and those above it, as isort has it."""
    source = file.source
    line = source.line_start(source.span(node)[0])
    above = source.line_start(line - 1) if line else 0
    return not source.text[above:line].strip() and any(
        isinstance(child, ast.Import | ast.ImportFrom) and child.lineno < node.lineno
        for child in file.tree.body
    )


def insert_first(file: File, lines: list[str]) -> None:
    source = file.source
    place = 0
    for child in file.tree.body:
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_future = isinstance(child, ast.ImportFrom) and child.module == "__future__"
        if not is_docstring and not is_future:
            break
        place = source.line_end(source.span(child)[1])
    else:
        child = None
    if place == 0 and child is not None:
        decorated = getattr(child, "decorator_list", None)
        place = source.line_start(source.span(decorated[0] if decorated else child)[0])
    newline = source.newline
    gap = 0
    if child is not None and not source.text[place : source.line_end(place)].isspace():
        is_defined = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        gap = 2 if is_defined else 1
    source.replace(place, place, newline.join(lines) + newline * (1 + gap))


def insert_in_function(file: File, node: Function, lines: list[str]) -> None:
    """Insert lines at the beginning of a function, below its docstring."""
    source = file.source
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and node.body[1:]:
        first = node.body[1]
    decorators = getattr(first, "decorator_list", None)
    start = source.span(decorators[0])[0] - 1 if decorators else source.span(first)[0]
    begins_line = not source.text[source.line_start(start) : start].strip()
    glue = source.newline + source.indentation(start) if begins_line else "; "
    gap = source.newline if begins_line else ""
    source.replace(start, start, glue.join(lines) + gap + glue)


def follows(file: File, node: ast.stmt, other: ast.stmt) -> bool:
    """Return whether a statement runs only after another one, which is above it."""
    parent = file.parents.get(id(other))
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, [])
        if isinstance(block, list) and any(child is other for child in block):
            inner: ast.AST | None = node
            while inner is not None and file.parents.get(id(inner)) is not parent:
                inner = file.parents.get(id(inner))
            return any(child is inner for child in block) and other.lineno < node.lineno
    return False


def without_new_blank_ends(before: str, after: str) -> str:
    """Return a text without the blank lines that it begins and ends with only since it changed."""
    if before[:1] not in "\r\n":
        after = after.lstrip("\r\n")
    body = after.rstrip("\r\n")
    end, had = after[len(body) :], before[len(before.rstrip("\r\n")) :]
    newline = end[:2] if end.startswith("\r\n") else end[:1]
    return body + min(end, had or newline, key=len) if body else after
