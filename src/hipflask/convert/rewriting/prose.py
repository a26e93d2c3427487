"""Renames in comments and docstrings what was renamed in the code of the same file."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from .file import File

DOCTEST = re.compile(r"\s*(?:>>>|\.\.\.)")


def rename(file: File) -> None:
    """Rename in the comments and docstrings of a file; the code of a doctest stays."""
    if not file.renamed:
        return
    names = "|".join(map(re.escape, sorted(file.renamed, key=len, reverse=True)))
    old = re.compile(rf"(?<![\w.])(?:{names})\b")
    edited = sorted(file.source.edits)
    for start, text in (*_comments(file, names), *_docstrings(file)):
        for match in old.finditer(text):
            first, last = start + match.start(), start + match.end()
            if not any(a < last and first < b for a, b in edited):  # moved or replaced as a whole
                file.source.replace(first, last, file.renamed[match[0]])


def _comments(file: File, names: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and the text of each comment."""
    text = file.source.text
    if not re.search(rf"#[^\n]*(?:{names})", text):
        return  # splitting it into tokens takes longer than all else
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if token.type == tokenize.COMMENT:
            yield file.source.offset(token.start[0], 0) + token.start[1], token.string


def _docstrings(file: File) -> Iterator[tuple[int, str]]:
    """Yield the offset and the text of each line of a docstring that is no code."""
    for node in (file.tree, *(use.node for use in file.scopes.uses)):
        match node:
            case ast.Module(body=[first, *_]) | ast.ClassDef(body=[first, *_]):
                pass
            case ast.FunctionDef(body=[first, *_]) | ast.AsyncFunctionDef(body=[first, *_]):
                pass
            case _:
                continue
        match first:
            case ast.Expr(value=ast.Constant(value=str())):
                start, end = file.source.span(first)
                for line in file.source.text[start:end].splitlines(keepends=True):
                    if not DOCTEST.match(line):
                        yield start, line
                    start += len(line)
