"""Starts the app as its user does, in a process of its own, and stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep


@dataclass(frozen=True)
class Running:
    """A server that answers.

    :param port: on 127.0.0.1.
    :param log: the file with what it printed.
    """

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Return status and body of the answer to a request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, names)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def flask(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "starter", *arguments]


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the settings of whoever runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SQLALCHEMY_", "FLASK_"))
    }
    return kept | {"FLASK_SKIP_DOTENV": "1"} | dict(environment)


@contextmanager
def serving(
    folder: Path, environment: Mapping[str, str], *command: str, cwd: Path | None = None
) -> Iterator[Running]:
    """Run a server until the end of the ``with``; it has answered when the block begins.

    :param folder: where its log goes.
    :param environment: the settings of the app; those of whoever runs the tests are left out.
    :param command: in which ``{port}`` is replaced; Flask's own server unless given.
    :param cwd: where it starts: gunicorn takes the settings that it finds there.
    """
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    log = folder / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                part.replace("{port}", str(port))
                for part in command or flask("run", "--port", "{port}")
            ],
            cwd=cwd,
            env=clean(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(port, process, log)
    try:
        until = monotonic() + 120
        while True:
            try:
                running.ask("GET", "/healthz")
                break
            except OSError:
                if process.poll() is not None or monotonic() > until:
                    raise AssertionError(log.read_text()) from None
                sleep(0.05)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            with suppress(ProcessLookupError):  # a worker that its parent did not take along
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited in vain"
        sleep(0.02)
