"""The command ``hipflask convert``."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from .. import git, interrupts
from ..git import GitError
from ..project import Tree, TreeError, diff, find_root, read
from ..proof import (
    ProjectCommandError,
    compare_imports,
    compare_models,
    compare_tests,
    installed,
    interpreter,
    site_packages,
)
from ..writing import (
    WriteError,
    apply,
    apply_as_commits,
    check_clean,
    check_committable,
    check_not_interrupted,
    recover,
)
from . import commits, pipeline, report, report_file
from .outcome import Outcome
from .rules import rules

# A converted project must not import these: the proof blocks them.
REMOVED_PACKAGES = ("flask_sqlalchemy", "flask_migrate")
ERROR = 2
TO_CONVERT = 1


@dataclass(frozen=True)
class Options:
    """The options of the command."""

    write_it: bool
    commit: bool
    check: bool
    only: tuple[str, ...]
    skip: tuple[str, ...]
    report_file: Path | None
    prove: bool
    tests: str | None
    python: str | None
    app: str | None
    force: bool
    full: bool

    @property
    def shows_diff(self) -> bool:
        return not (self.write_it or self.check)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("--write", "write_it", is_flag=True, help="Write the changes: all files, or none.")
@click.option(
    "--commit", is_flag=True, help="With --write: make one commit for each step, on a clean tree."
)
@click.option(
    "--check", is_flag=True, help="Exit with 1 if there is something to convert, and print no diff."
)
@click.option("--only", multiple=True, metavar="RULE", help="Apply only this rule.")
@click.option("--skip", multiple=True, metavar="RULE", help="Skip this rule.")
@click.option("--report", "report_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Write every line of the report to FILE: JSON if it ends in .json, "
              "otherwise Markdown.")  # fmt: skip
@click.option(
    "--prove", is_flag=True, help="Compare tables and mappers before and after, on copies."
)
@click.option("--tests", metavar="CMD", help="Run the tests before and after, on copies.")
@click.option("--python", metavar="FILE", help="The project's Python interpreter.")
@click.option("--app", metavar="APP", help="The app or its factory, as in FLASK_APP.")
@click.option("--full", is_flag=True, help="Include new files in the diff.")
@click.option(
    "--force",
    is_flag=True,
    help="Write even if git has uncommitted changes, or a file cannot be parsed.",
)
def convert(path: Path, **options: Any) -> None:
    """Take Flask-SQLAlchemy out of the project in PATH and leave plain SQLAlchemy.

    Prints a diff and a report; writes nothing without --write. Exits with 0 on success, with 1 if
    --check finds something to convert or a proof or a test fails, and with 2 on error.
    """
    asked = Options(**options)
    if asked.commit and not asked.write_it:
        raise click.UsageError("--commit needs --write.")
    if asked.commit and asked.force:
        raise click.UsageError("--commit needs a clean git tree, so it cannot be forced.")
    for name in (*asked.only, *asked.skip):
        if name not in rules():
            known = ", ".join(sorted(rules()))
            raise click.UsageError(f"There is no rule {name!r}. The rules are: {known}.")
    try:
        with interrupts.as_keyboard_interrupt():
            status = run(whole_project(path), asked)
    except (TreeError, GitError, WriteError, ProjectCommandError, OSError) as error:
        click.echo(f"hipflask convert: {error}", err=True)
        status = ERROR
    except KeyboardInterrupt:
        click.echo("hipflask convert: interrupted; nothing was written.", err=True)
        status = ERROR
    sys.exit(status)


def whole_project(path: Path) -> Path:
    """Return the folder of the project that a folder is a part of, and say so."""
    root = find_root(path)
    if root != path:
        say(
            [f"{path.resolve()} is a part of the project in {root}, which is converted as a whole."]
        )
    return root


def run(path: Path, options: Options) -> int:
    """Convert a project; return the exit code."""
    if options.report_file is not None:
        try:
            options.report_file.open("a").close()
        except OSError as error:
            raise WriteError(
                f"{options.report_file} cannot be written: {error.strerror}."
            ) from None
    if options.write_it:
        for edited in recover(path):
            click.echo(
                (
                    f"hipflask convert: {edited} was edited after the interrupted run and was left "
                    "as it is."
                ),
                err=True,
            )
    else:
        check_not_interrupted(path)
    project = read(path)
    project = replace(
        project,
        installed=installed(path, options.python),
        site_packages=site_packages(path, options.python),
        interpreter=interpreter(path, options.python),
    )
    outcome = convert_with_progress(project, options.only, options.skip)
    say(report.headline(outcome))
    if outcome.facts.refused or not outcome.changes:
        show(outcome, options, [])
        return ERROR if outcome.facts.refused else 0
    if options.write_it and outcome.facts.unread and not options.force:
        show(outcome, options, [])
        click.echo(f"hipflask convert: {unread(outcome)}", err=True)
        return ERROR
    if options.commit:
        check_committable(path, outcome.changes)
    elif options.write_it and not options.force:
        check_clean(path, outcome.changes)
    if not options.check and not git.is_tree(path):
        undone = "this. Keep a copy" if options.write_it else "--write. Copy it first"
        say([f"{path} is in no git repository, so nothing can undo {undone}."])
    if options.shows_diff:
        shown = [c for c in outcome.changes if c.before is not None or options.full]
        click.echo(diff(shown, git.prefix(path)), nl=False)
    proofs: list[str] = []
    holds = True
    if options.prove or options.tests:
        imports = compare_imports(
            path,
            outcome.changes,
            outcome.facts.modules,
            REMOVED_PACKAGES,
            options.python,
        )
        proofs += imports.lines()
        holds = holds and imports.ok
    if options.prove:
        proven = compare_models(
            path,
            outcome.changes,
            outcome.facts.model_modules,
            REMOVED_PACKAGES,
            options.python,
            options.app,
            outcome.facts.root,
        )
        proofs += proven.lines()
        holds = holds and proven.ok
    if options.tests:
        verdict = compare_tests(
            path, outcome.changes, options.tests, REMOVED_PACKAGES, options.python
        )
        proofs += verdict.lines()
        holds = holds and verdict.ok
    made: list[str] = []
    if options.commit and holds:
        made = apply_as_commits(path, commits.of(outcome))
    with interrupts.deferred() as came:
        if options.write_it and not options.commit and holds:
            apply(path, outcome.changes)
        show(outcome, options, proofs)
        if options.shows_diff and options.full:
            say([f"`git apply` takes this diff in {git.top(path) or path}."])
        say([f"Committed {commit}" for commit in made])
        if options.write_it and holds:
            came.clear()  # too late: everything is written, and the report says so
    if options.write_it and not holds:
        click.echo("hipflask convert: nothing was written because a proof failed.", err=True)
    return TO_CONVERT if options.check or not holds else 0


def unread(outcome: Outcome) -> str:
    """Return why nothing is written where files cannot be parsed."""
    files = ", ".join(outcome.facts.unread)
    return (
        f"nothing was written, because the db may be used in what cannot be parsed: {files}. Name "
        "the project's interpreter with --python, or write all the same with --force."
    )


def convert_with_progress(project: Tree, only: tuple[str, ...], skip: tuple[str, ...]) -> Outcome:
    """Convert, with a progress bar on a terminal."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("convert", total=None)
        return pipeline.convert(
            project,
            only,
            skip,
            lambda done, of: progress.update(task, completed=done, total=of),
        )


def show(outcome: Outcome, options: Options, proofs: list[str]) -> None:
    """Print the report, and write it to the report file if there is one."""
    if text := report.text(outcome, proofs, hides_new=options.shows_diff and not options.full):
        say([text])
    if options.report_file is not None:
        report_file.write(options.report_file, outcome, proofs)


def say(lines: list[str]) -> None:
    # Standard output is for the diff, so that it can be piped to `git apply`.
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    for line in lines:
        console.print(line, markup=False)
