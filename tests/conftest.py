"""What the tests of all folders share: signals, and database servers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
import servers
from servers import Server


def pytest_configure() -> None:
    """Let the commands that tests start be interrupted, even if pytest itself is not.

    A shell ignores SIGINT for what it starts with ``&``, and nohup ignores SIGHUP. Children inherit
    what is ignored, but not a handler.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let what a test has logged reach the process that reports: half a surrogate pair does not."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out at the end of the run, where it is read."""
    skipped = terminalreporter.getreports("skipped")
    reasons = {report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)}
    terminalreporter.section("left out")
    for line in sorted(reasons) or ["nothing"]:
        terminalreporter.line(line.removeprefix("Skipped: "))


@pytest.fixture(scope="session")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Start a server of a kind when it is first asked for, and stop it when the run ends.

    Not when its last test ends: tests in parallel change from one kind to another and back.
    """
    with ExitStack() as running:

        @cache
        def server(kind: str) -> Server:
            start = {"postgresql": servers.postgresql, "mariadb": servers.mariadb}[kind]
            return running.enter_context(start(tmp_path_factory.mktemp(kind)))

        yield server
