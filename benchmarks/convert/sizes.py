"""Measures how much ``hipflask convert`` writes: ``python -m benchmarks.convert.sizes PATH...``."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from hipflask.convert.migrations import NAMES, TEMPLATE
from hipflask.convert.outcome import Outcome
from hipflask.convert.pipeline import convert
from hipflask.project import Change, TreeError, read

COLUMNS = ("db module", "migrations", "other", "all new", "changed lines", "changed files")
MIGRATIONS = re.compile(rf"(?:^|/)(?:{'|'.join(NAMES)})\.py$|(?:^|/){TEMPLATE}/")
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


@dataclass(frozen=True)
class Size:
    """How much a conversion writes, new files in lines of code.

    :param db_module: the module of the engine, the session and the base.
    :param migrations: ``flask db``, and what ``flask db init`` copies.
    :param other: any other new file.
    :param new: all new files together.
    :param changed_lines: lines of existing files that are changed, added or removed.
    :param changed_files: the files that these lines are in.
    """

    db_module: float
    migrations: float
    other: float
    new: float
    changed_lines: float
    changed_files: float


def size(outcome: Outcome) -> Size:
    """Return how much a conversion writes."""
    new = {change.path: _code(change) for change in outcome.changes if change.before is None}
    db_module = new.get(outcome.facts.new_module, 0)
    migrations = sum(lines for path, lines in new.items() if MIGRATIONS.search(path))
    changed = [changed_lines(change) for change in outcome.changes if change.before is not None]
    everything = sum(new.values())
    return Size(
        db_module,
        migrations,
        everything - db_module - migrations,
        everything,
        sum(changed),
        len(changed),
    )


def _code(change: Change) -> int:
    text = (change.after or b"").decode()
    if change.path.endswith(".py"):
        return lines_of_code(text)
    return sum(
        not line.strip().startswith(("#", ";")) for line in text.splitlines() if line.strip()
    )


def lines_of_code(text: str) -> int:
    """Count the lines of a module that are not blank and not only a comment or a docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT and token.string:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if (
                ast.get_docstring(node) is not None
            ):
                lines.difference_update(
                    range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
                )
    return len(lines)


def changed_lines(change: Change) -> int:
    """Count the lines that a change replaces, adds or removes; one for one is one."""
    before = (change.before or b"").splitlines()
    after = (change.after or b"").splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return sum(
        max(before_end - before_start, after_end - after_start)
        for tag, before_start, before_end, after_start, after_end in matcher.get_opcodes()
        if tag != "equal"
    )


def table(sizes: Sequence[tuple[str, Size | str]]) -> Table:
    """Return a row for each project, then the median and the maximum of them.

    :param sizes: the names of the projects, each with its size or why it has none.
    """
    shown = Table("project", box=box.MARKDOWN, show_edge=False)
    for column in COLUMNS:
        shown.add_column(column, justify="right")
    for name, found in sizes:
        shown.add_row(name, *(_cells(found) if isinstance(found, Size) else [found]))
    columns = list(
        zip(*(astuple(found) for _, found in sizes if isinstance(found, Size)), strict=True)
    )
    if columns:
        shown.add_row("median", *_cells(Size(*map(median, columns))))
        shown.add_row("maximum", *_cells(Size(*map(max, columns))))
    return shown


def _cells(found: Size) -> Iterable[str]:
    return [f"{number:,g}" for number in astuple(found)]


def measured(path: Path) -> Size | str:
    """Convert a project, write nothing, and return the size of it, or why there is none."""
    try:
        outcome = convert(read(path))
    except TreeError as error:
        return str(error)
    if outcome.facts.refused:
        return "refused"
    return size(outcome) if outcome.changes else "nothing to convert"


def main() -> None:
    """Print the table of the projects that are named."""
    if not (paths := [Path(argument) for argument in sys.argv[1:]]):
        sys.exit("usage: python -m benchmarks.convert.sizes PATH...")
    console = Console()
    if not console.is_terminal:
        console.width = 1000  # a pipe wraps nothing
    console.print(table([(path.resolve().name, measured(path)) for path in paths]))


if __name__ == "__main__":
    main()
