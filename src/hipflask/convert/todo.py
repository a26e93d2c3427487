"""What is left to a person: grouped by what to do, the most important first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import PurePosixPath

from ..project import Finding

TEST = re.compile(r"tests?|tests?_.*|.*_tests?(\.py)?|conftest\.py")


@dataclass(frozen=True)
class Task:
    """A kind of work.

    :param key: its name in the report for programs.
    :param title: its name in the report for people.
    :param rules: the rules whose findings ask for it.
    """

    key: str
    title: str
    rules: frozenset[str] = frozenset()


FIRST = Task("first", "To change first")
CHECK = Task("check", "Works, but check it")
TASKS = (
    Task(
        "convert",
        "Not converted, so convert it by hand",
        frozenset({"conversion", "link", "notebook", "repository", "syntax", "unreadable"}),
    ),
    Task(
        "change",
        "No longer works, so change it",
        frozenset(
            {"engine", "extension", "functions", "imports", "libraries", "registry", "targets"}
        ),
    ),
    Task("install", "What is installed", frozenset({"manifests"})),
    CHECK,
)


@dataclass(frozen=True)
class Group:
    """The places where the same is to be done.

    :param findings: the places, in the order of their files and lines.
    """

    task: Task
    findings: tuple[Finding, ...]

    @cached_property
    def title(self) -> str:
        """What was found, without the full stop."""
        return self._sentences[0].removesuffix(".")

    @property
    def advice(self) -> str:
        """What follows from it, and what to do; empty if the title says it all."""
        return self._sentences[2]

    @property
    def _sentences(self) -> tuple[str, str, str]:
        return self.findings[0].reason.partition(". ")

    @cached_property
    def extent(self) -> str:
        """How much it is, as in "14 places in 3 test files"."""
        paths = {finding.path for finding in self.findings}
        tests = sum(map(is_test, paths))
        kind = "test file" if tests == len(paths) else "file"
        files = number(len(paths), kind)
        mixed = f", {tests} of them tests" if 0 < tests < len(paths) else ""
        if not any(finding.line for finding in self.findings):
            return files + mixed
        if len(self.findings) == 1:
            return "1 place"
        return f"{number(len(self.findings), 'place')} in {files}{mixed}"

    def by_file(self) -> list[tuple[str, list[Finding]]]:
        """Return the places of each file; tests come last."""
        files = [
            (path, list(found))
            for path, found in groupby(self.findings, key=lambda finding: finding.path)
        ]
        return sorted(files, key=lambda file: (is_test(file[0]), -len(file[1]), file[0]))


def grouped(findings: Iterable[Finding], *, refused: bool) -> list[Group]:
    """Group findings by what to do.

    :param refused: whether the project is refused for them.
    """
    by_task: dict[tuple[Task, str, str], list[Finding]] = {}
    for finding in sorted(set(findings)):
        key = (task_of(finding, refused=refused), finding.rule, finding.reason)
        by_task.setdefault(key, []).append(finding)
    groups = [Group(key[0], tuple(found)) for key, found in by_task.items()]
    return sorted(groups, key=_urgency)


def task_of(finding: Finding, *, refused: bool) -> Task:
    """Return the kind of work that a finding asks for."""
    if refused and finding.rule in ("extension", "versions"):
        return FIRST
    return next((task for task in TASKS if finding.rule in task.rules), CHECK)


def _urgency(group: Group) -> tuple[int, bool, int, str]:
    """Return a key that sorts what matters most first: by the task, then what is no test."""
    places = len(group.findings)
    only_tests = all(is_test(finding.path) for finding in group.findings)
    return (FIRST, *TASKS).index(group.task), only_tests, -places, group.title


def is_test(path: str) -> bool:
    """Return whether a file belongs to the tests."""
    return any(TEST.fullmatch(part) for part in PurePosixPath(path.lower()).parts)


def number(count: int, noun: str) -> str:
    """Return a number with its noun, as in "1 place" and "1,200 places"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
