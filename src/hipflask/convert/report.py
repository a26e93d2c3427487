"""The report of a conversion, as it is printed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby

from ..project import Finding
from .outcome import Outcome
from .todo import FIRST, Group, grouped, number

WIDTH = 100
# More than this is in the report that --report writes.
FILES = 5
LINES = 10


def headline(outcome: Outcome) -> list[str]:
    """Return the summary, in a few lines."""
    facts = outcome.facts
    if facts.refused:
        first = [group for group in grouped(outcome.findings, refused=True) if group.task is FIRST]
        places = {(f.path, f.line) for group in first for f in group.findings}
        return [
            f"Nothing was converted: {number(len(first), 'thing')} must change first, in "
            f"{number(len(places), 'place')}."
        ]
    if not outcome.changes:
        return ["There is nothing to convert."]
    left_out = (
        f"Skipped rules: {', '.join(facts.left_out)}. A partly converted project may not "
        "run; check it with --prove and --tests."
    )
    return [
        f"{counted(outcome)}.",
        f"Read as Flask-SQLAlchemy {facts.generation}.x, written for SQLAlchemy "
        f"{facts.target}: {facts.home} -> {facts.new_module}.",
        *([left_out] if facts.left_out else []),
    ]


def text(outcome: Outcome, proofs: list[str], *, hides_new: bool = False) -> str:
    """Return what is printed after the diff: new files, what is left, proofs and the summary.

    :param hides_new: whether a diff without the new files was printed.
    """
    if not outcome.changes:
        return "\n".join(places(outcome))
    hint = (
        ["Use --full to include the new files in the diff."]
        if hides_new and new_files(outcome)
        else []
    )
    left = len(outcome.findings)
    by_hand = (
        "nothing left to do by hand" if not left else f"{number(left, 'place')} to check by hand"
    )
    return "\n".join(
        [
            *(f"New: {file}" for file in new_files(outcome)),
            *hint,
            *places(outcome),
            *proofs,
            f"{counted(outcome)}; {by_hand}.",
        ]
    )


def new_files(outcome: Outcome) -> list[str]:
    """Return the name and the size of each new file."""
    return [
        f"{change.path} ({number(len(change.after.splitlines()), 'line')}, "
        f"{number(len(change.after), 'byte')})"
        for change in sorted(outcome.changes)
        if change.before is None and change.after is not None
    ]


def counted(outcome: Outcome) -> str:
    """Return how many files change, and how many are new."""
    new = sum(change.before is None for change in outcome.changes)
    changed = _files(len(outcome.changes) - new, "changes", "change")
    return f"{changed}, {_files(new, 'is new', 'are new')}"


def _files(count: int, singular: str, plural: str) -> str:
    return f"1 file {singular}" if count == 1 else f"{count} files {plural}"


def places(outcome: Outcome) -> list[str]:
    """Return what is left to a person: what to do, how much of it, and where."""
    groups = grouped(outcome.findings, refused=outcome.facts.refused)
    lines: list[str] = []
    for task, of_task in groupby(groups, key=lambda group: group.task):
        lines += ["", f"{task.title}:"]
        for group in of_task:
            lines += _said(group)
    if any(map(_is_cut, groups)):
        lines += ["", "--report FILE.md has every line."]
    return [*lines, ""] if lines else []


def _said(group: Group) -> list[str]:
    files = group.by_file()
    rule = f"({group.findings[0].rule})"
    more = [f"and {number(len(files) - FILES, 'more file')}"] if len(files) > FILES else []
    return [
        *_wrapped(f"{group.title}: {group.extent}", "  ", "    "),
        *_wrapped(f"{group.advice} {rule}".lstrip(), "    "),
        *(
            line
            for path, found in files[:FILES]
            for line in _wrapped(_place(path, found), "    ", "      ")
        ),
        *(f"    {line}" for line in more),
    ]


def _wrapped(said: str, indent: str, rest: str | None = None) -> list[str]:
    # A path or a name is searched for and clicked on, so it stays whole.
    return textwrap.wrap(
        said,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _place(path: str, findings: list[Finding]) -> str:
    """Return a file with its lines, as in "app/views.py:12, 15 (db.get_app) and 3 more"."""
    more = len(findings) - LINES
    cut = f" and {more} more" if more > 0 else ""
    lines = lines_of(findings[:LINES])
    glue = ":" if findings[0].line else " "
    return f"{path}{glue}{lines}{cut}".rstrip()


def lines_of(findings: Iterable[Finding]) -> str:
    """Return the lines of findings in one file, with the names that are meant."""
    return ", ".join(
        " ".join(filter(None, [str(f.line or ""), f.what and f"({f.what})"])) for f in findings
    )


def _is_cut(group: Group) -> bool:
    files = group.by_file()
    return len(files) > FILES or any(len(found) > LINES for _, found in files)
