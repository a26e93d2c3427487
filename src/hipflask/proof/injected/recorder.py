"""A pytest plugin that writes down what became of each test, line by line as they end."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

PLACE = re.compile(r"\S+\.py:\d+: ")
RECORD = "HIPFLASK_RECORD"
ONLY = "HIPFLASK_ONLY"


class Recorder:
    """Writes a line for each report: the test, its outcome, and why it failed.

    :param path: the file; it is written line by line, so that a crash loses one test only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def pytest_collectreport(self, report: Any) -> None:
        """Write down a module that could not be collected."""
        if report.failed:
            self.write(report, "error")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Write down a step of a test: its set-up, its call or its end."""
        if hasattr(report, "wasxfail"):
            # To pass against expectation, or not, is as it was meant to be.
            self.write(report, "passed" if report.passed else "skipped")
        elif report.failed:
            self.write(report, "failed" if report.when == "call" else "error")
        elif report.skipped:
            self.write(report, "skipped")
        elif report.when == "call":
            self.write(report, "passed")

    def write(self, report: Any, outcome: str) -> None:
        """Add a line to the file."""
        reason = reason_of(report) if outcome in ("failed", "error") else ""
        with self.path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(json.dumps([report.nodeid, outcome, reason]) + "\n")


def reason_of(report: Any) -> str:
    """Return the first line of an error, and where it was raised."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        lines = str(crash.message).splitlines() or [""]
        return f"{lines[0]} ({os.path.relpath(crash.path)}:{crash.lineno})"
    # A module that could not be collected has only the text that pytest prints.
    lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")] or lines[-1:]
    places = [line.split(": ")[0] for line in lines if PLACE.match(line)]
    return " ".join([*errors[:1], *(f"({place})" for place in places[-1:])])


def pytest_configure(config: Any) -> None:
    """Record this session, unless it is a worker of pytest-xdist, whose reports its parent has."""
    # A pytest that a test starts is no test of the project: it must not find the variable.
    folder = os.environ.pop(RECORD, None)
    if folder is not None and not hasattr(config, "workerinput"):
        path = Path(folder) / f"{os.getpid()}.jsonl"
        path.touch()
        config.pluginmanager.register(Recorder(path), "hipflask-recorder")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave only the tests that are asked for, where it is a repetition."""
    path = os.environ.get(ONLY)
    if path is not None:
        wanted = frozenset(json.loads(Path(path).read_text()))
        others = [item for item in items if item.nodeid not in wanted]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item.nodeid in wanted]
