"""``--tests``: the project's own tests, before and after, are the judge of a conversion."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from ..project import Change
from . import copies
from .copies import TroubleError
from .injected import ONLY, RECORD

SETS_PATH = re.compile(r"(?<!\w)PYTHONPATH=")

# Several reports speak of one test: its call, its end, its subtests. The worst counts.
RANK = ("passed", "skipped", "failed", "error")


@dataclass(frozen=True)
class Outcome:
    """What became of a test.

    :param result: ``passed``, ``skipped``, ``failed``, ``error`` or ``missing``.
    :param reason: the first line of the error, and where it was raised.
    """

    result: str
    reason: str = ""


@dataclass(frozen=True)
class Run:
    """One run of the tests.

    :param status: the exit code of the command.
    :param tests: by pytest's name of them; empty where the command is not pytest.
    :param seconds: how long it took.
    :param output: what it printed.
    """

    status: int
    tests: Mapping[str, Outcome]
    seconds: float = 0
    output: str = ""

    @property
    def passed(self) -> list[str]:
        """The tests that passed, in the order in which they ran."""
        return [name for name, outcome in self.tests.items() if outcome.result == "passed"]


@dataclass(frozen=True)
class Verdict:
    """What the tests say.

    :param lost: what passed before and does not pass now.
    :param unsteady: what failed after the conversion, and passed when all was run once more.
    """

    before: Run
    after: Run
    lost: Mapping[str, Outcome]
    unsteady: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything that passed before passes now, and there was something to judge."""
        if self.before.tests:
            return bool(self.before.passed) and not self.lost
        return self.before.status == 0 and self.after.status == 0

    def lines(self) -> Generator[str]:
        """Say it, line by line."""
        if not self.before.tests:
            yield f"The command ended with {self.before.status} before,"
            yield f"and with {self.after.status} after the conversion."
            if self.before.status:
                yield "It must pass before the conversion to say something of it:"
                yield from tail(self.before)
            elif self.after.status:
                yield from tail(self.after)
            else:
                yield "Single tests are compared where it is pytest."
            return
        passed = self.before.passed
        kept = len(passed) - len(self.lost)
        yield f"{len(passed)} tests passed before, {kept} of them pass after the conversion."
        if not passed:
            yield "No test passed before the conversion, so nothing can be compared:"
            yield from tail(self.before)
        # One error often takes many tests with it.
        reasons: dict[str, list[str]] = {}
        for name, outcome in self.lost.items():
            reasons.setdefault(outcome.reason, []).append(f"    {outcome.result:8} {name}")
        for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
            yield f"{len(names)} x {reason or 'for no reason that pytest gives'}"
            yield from names
        # Tests vanish where their module does, which has a reason, or where the run broke off.
        if Outcome("missing") in self.lost.values():
            yield "The run after the conversion ends with:"
            yield from tail(self.after)
        for name in self.unsteady:
            yield f"unsteady {name}: failed, and passed when all was run once more"
        if not self.lost and self.after.status and not self.before.status:
            yield f"The command itself ends with {self.after.status} now, and with 0 before:"
            yield from tail(self.after)


def judge(
    root: Path,
    changes: Iterable[Change],
    command: str,
    blocked: tuple[str, ...],
    python: str | None = None,
) -> Verdict:
    """Run the tests on a copy as it is and on one that is converted, and compare.

    :param root: the project; it is not touched.
    :param changes: the conversion.
    :param command: what runs the tests, for the shell.
    :param blocked: the packages that the converted copy must not import.
    :param python: the project's Python, where it is not found by itself.
    :raises TroubleError: the command cannot be judged, and why.
    """
    changes = list(changes)
    with copies.folder() as folder:
        program = copies.interpreter(root, python)
        copies.copy(root, folder / "before" / root.resolve().name)
        before = run(root, folder / "before", command, program)
        copies.copy(root, folder / "after" / root.resolve().name, changes)
        return after(root, folder / "after", command, program, blocked, before)


def after(
    root: Path,
    place: Path,
    command: str,
    python: Path,
    blocked: tuple[str, ...],
    before: Run,
) -> Verdict:
    """Run the tests on a converted copy, and compare with a run before.

    A test that failed is run by itself in a new process. If it passes there, it depends on chance
    or on the others: the whole command, once more, tells which.

    :param root: the project.
    :param place: the folder that holds the copy, under the name of the project.
    :param command: what runs the tests, for the shell.
    :param python: the project's Python.
    :param blocked: the packages that the copy must not import.
    :param before: the run to compare with.
    :raises TroubleError: the command cannot be judged, and why.
    """
    converted = run(root, place, command, python, blocked)
    lost = compare(before, converted)
    # What is missing was not collected, and would not be the next time.
    failed = [name for name, outcome in lost.items() if outcome.result != "missing"]
    alone = run(root, place, command, python, blocked, failed).passed if failed else []
    unsteady: list[str] = []
    if alone:
        again = run(root, place, command, python, blocked)
        unsteady = [name for name in alone if name in frozenset(again.passed)]
    lost = {name: outcome for name, outcome in lost.items() if name not in unsteady}
    return Verdict(before, converted, lost, unsteady)


def compare(before: Run, after: Run) -> dict[str, Outcome]:
    """Return what passed before and does not pass after.

    :param before: the run before the conversion.
    :param after: the run after it.
    """
    return {
        name: _now(name, after) for name in before.passed if _now(name, after).result != "passed"
    }


def _now(name: str, after: Run) -> Outcome:
    module = after.tests.get(name.partition("::")[0])
    if module is not None:
        # It could not be collected, which is why the test is missing.
        return after.tests.get(name, Outcome("missing", module.reason))
    stopped = any("::" not in test for test in after.tests)
    reason = "not run, because other modules could not be collected" if stopped else ""
    return after.tests.get(name, Outcome("missing", reason))


def run(
    root: Path,
    place: Path,
    command: str,
    python: Path,
    blocked: Iterable[str] = (),
    only: list[str] | None = None,
) -> Run:
    """Run the tests in a copy.

    :param root: the project.
    :param place: the folder that holds the copy, under the name of the project.
    :param command: what runs the tests, for the shell.
    :param python: the project's Python.
    :param blocked: packages that no Python of this run may import.
    :param only: the tests to run; all, if it is None.
    :raises TroubleError: the command keeps its Pythons from knowing what is blocked.
    """
    copied = place / root.resolve().name
    with copies.folder() as folder:
        copies.prepare(folder / "path", blocked)
        values = copies.environment(root, copied, python, folder / "path")
        (folder / "record").mkdir()
        plugins = os.environ.get("PYTEST_PLUGINS")
        values["PYTEST_PLUGINS"] = (
            f"hipflask_recorder,{plugins}" if plugins else "hipflask_recorder"
        )
        values[RECORD] = str(folder / "record")
        if only is not None:
            (folder / "only").write_text(json.dumps(only))
            values[ONLY] = str(folder / "only")
        # What the command sets itself comes behind what is needed here.
        path = f"PYTHONPATH={shlex.quote(values['PYTHONPATH'])}{os.pathsep}"
        began = monotonic()
        ended = copies.run(SETS_PATH.sub(lambda _: path, command), copied, values)
        seconds = monotonic() - began
        if not (folder / "path" / "started").exists():
            raise TroubleError(
                f"Nothing could be judged: `{command}` ran no Python, or one that ignores"
                " PYTHONPATH, as tox's do. Give a command that runs the tests directly."
                f"\n{ended.output[-2000:].strip()}"
            )
        return Run(ended.status, _read(folder / "record"), seconds, ended.output)


def _read(folder: Path) -> dict[str, Outcome]:
    tests: dict[str, Outcome] = {}
    for path in sorted(folder.iterdir()):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, result, reason = json.loads(line)
            known = tests.get(name)
            if known is None or RANK.index(result) > RANK.index(known.result):
                tests[name] = Outcome(result, reason)
    return tests


def tail(run: Run, lines: int = 15) -> list[str]:
    """Return the end of what a run printed.

    :param run: the run.
    :param lines: how many lines at most.
    """
    return ["    " + line for line in run.output.rstrip().splitlines()[-lines:]]
