"""``--tests``: runs the project's tests before and after a conversion, and compares them."""

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
from .copies import ProjectCommandError
from .injected import ONLY, RECORD

SETS_PATH = re.compile(r"(?<!\w)PYTHONPATH=")

NOT_RUN = (126, 127)  # what a shell says of a command that is not a program, or not there
# A test has several reports: its call, its teardown, its subtests. The worst counts.
RANK = ("passed", "skipped", "failed", "error")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test.

    :param result: ``passed``, ``skipped``, ``failed``, ``error`` or ``missing``.
    :param reason: the first line of the error, and where it was raised.
    """

    result: str
    reason: str = ""


@dataclass(frozen=True)
class Run:
    """One run of the tests.

    :param status: the exit code of the command.
    :param tests: outcomes by test id; empty if the command does not run pytest.
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
class SuiteComparison:
    """The result of comparing the tests.

    :param lost: tests that passed before and no longer pass.
    :param flaky: tests that failed after the conversion, then passed in a second run.
    """

    before: Run
    after: Run
    lost: Mapping[str, Outcome]
    flaky: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there are tests to compare, and all that passed before pass now."""
        if self.before.tests:
            return bool(self.before.passed) and not self.lost
        return self.before.status == 0 and self.after.status == 0

    def lines(self) -> Generator[str]:
        """Yield the lines of the report."""
        if not self.before.tests:
            yield f"The command exited with {self.before.status} before,"
            yield f"and with {self.after.status} after the conversion."
            if self.before.status:
                yield "It must pass before the conversion to be compared:"
                yield from tail(self.before)
            elif self.after.status:
                yield from tail(self.after)
            else:
                yield "Single tests are compared only if the command runs pytest."
            return
        passed = self.before.passed
        kept = len(passed) - len(self.lost)
        yield f"{len(passed)} tests passed before, {kept} of them pass after the conversion."
        if not passed:
            yield "No test passed before the conversion, so nothing can be compared:"
            yield from tail(self.before)
        # One error often fails many tests.
        reasons: dict[str, list[str]] = {}
        for name, outcome in self.lost.items():
            reasons.setdefault(outcome.reason, []).append(f"    {outcome.result:8} {name}")
        for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
            yield f"{len(names)} x {reason or 'pytest gives no reason'}"
            yield from names
        # Tests are missing if their module cannot be collected, or if the run was aborted.
        if Outcome("missing") in self.lost.values():
            yield "The run after the conversion ends with:"
            yield from tail(self.after)
        for name in self.flaky:
            yield f"flaky {name}: failed, then passed when all tests were run again"
        if not self.lost and self.after.status and not self.before.status:
            yield (
                f"The command itself now exits with {self.after.status}; before the conversion "
                "it exited with 0:"
            )
            yield from tail(self.after)


def compare_tests(
    root: Path,
    changes: Iterable[Change],
    command: str,
    blocked: tuple[str, ...],
    python: str | None = None,
) -> SuiteComparison:
    """Run the tests on an unconverted and on a converted copy, and compare the outcomes.

    :param root: the project; it is not touched.
    :param changes: the conversion.
    :param command: the shell command that runs the tests.
    :param blocked: the packages that the converted copy must not import.
    :param python: the project's interpreter, if it is not found automatically.
    :raises ProjectCommandError: the outcomes cannot be compared.
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
) -> SuiteComparison:
    """Run the tests on a converted copy, and compare them with an earlier run.

    Failed tests are run again by themselves. If one passes then, all tests are run again, which
    shows whether it is flaky or depends on other tests.

    :param root: the project.
    :param place: the folder that holds the copy, under the name of the project.
    :param command: the shell command that runs the tests.
    :param python: the project's Python.
    :param blocked: the packages that the copy must not import.
    :param before: the run to compare with.
    :raises ProjectCommandError: the outcomes cannot be compared.
    """
    converted = run(root, place, command, python, blocked)
    lost = compare(before, converted)
    # Missing tests were not collected, and running them again would not change that.
    failed = [name for name, outcome in lost.items() if outcome.result != "missing"]
    alone = run(root, place, command, python, blocked, failed).passed if failed else []
    flaky: list[str] = []
    if alone:
        again = run(root, place, command, python, blocked)
        flaky = [name for name in alone if name in frozenset(again.passed)]
    lost = {name: outcome for name, outcome in lost.items() if name not in flaky}
    return SuiteComparison(before, converted, lost, flaky)


def compare(before: Run, after: Run) -> dict[str, Outcome]:
    """Return the tests that passed before and do not pass after.

    :param before: the run before the conversion.
    :param after: the run after it.
    """
    return {
        name: _now(name, after) for name in before.passed if _now(name, after).result != "passed"
    }


def _now(name: str, after: Run) -> Outcome:
    module = after.tests.get(name.partition("::")[0])
    if module is not None:
        # The module could not be collected, so the test is missing.
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
    :param command: the shell command that runs the tests.
    :param python: the project's Python.
    :param blocked: packages that no Python of this run may import.
    :param only: the tests to run; all, if it is None.
    :raises ProjectCommandError: the command does not pass PYTHONPATH to Python.
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
        # Values that the command itself sets come after those that are needed here.
        path = f"PYTHONPATH={shlex.quote(values['PYTHONPATH'])}{os.pathsep}"
        began = monotonic()
        ended = copies.run(SETS_PATH.sub(lambda _: path, command), copied, values)
        seconds = monotonic() - began
        if not (folder / "path" / "started").exists():
            if ended.status in NOT_RUN:
                raise ProjectCommandError(
                    f"The tests cannot be run: {ended.output[-2000:].strip() or command}. Give "
                    "a command that runs in the folder of the project."
                )
            raise ProjectCommandError(
                f"The tests cannot be compared: `{command}` ran no Python, or one that "
                "ignores PYTHONPATH, as under tox. Give a command that runs the tests "
                f"directly.\n{ended.output[-2000:].strip()}"
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
    """Return the last lines of the output of a run.

    :param run: the run.
    :param lines: how many lines at most.
    """
    return ["    " + line for line in run.output.rstrip().splitlines()[-lines:]]
