"""Marks a partial conversion, which a later run can neither continue nor take for a whole one."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from ...project import Finding, line_number, parse

MARK = re.compile(r"^# Converted by hipflask without (?P<rules>(?:[^.]|\n# )+)\.", re.MULTILINE)
ADVICE = "The rest is by hand: delete this comment after it."


def mark(text: str, skipped: Iterable[str]) -> str:
    """Return the new module with a comment that names the skipped rules, below its docstring."""
    note = f"Converted by hipflask without {', '.join(sorted(skipped))}. {ADVICE}"
    comment = textwrap.fill(note, 100, initial_indent="# ", subsequent_indent="# ")
    tree = parse(text)
    end = tree.body[0].end_lineno if ast.get_docstring(tree) is not None else 0
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:end], f"\n{comment}\n", *lines[end:]])


def unfinished(python: Mapping[str, str], skipped: Iterable[str]) -> Iterator[Finding]:
    """Yield the mark of an earlier run that skipped rules which this one would apply.

    :param python: the text of each Python file by its path.
    :param skipped: the rules that are skipped now.
    """
    for path, text in python.items():
        for found in MARK.finditer(text):
            left = {*re.findall(r"\w+", found["rules"])} - {*skipped}
            if left:
                reason = (
                    f"The project is partly converted, without {', '.join(sorted(left))}, which "
                    "cannot be continued. Go back to the commit before it and convert without "
                    "--only and --skip, or convert the rest by hand and delete this comment."
                )
                yield Finding(path, line_number(text, found.start()), "extension", reason)
