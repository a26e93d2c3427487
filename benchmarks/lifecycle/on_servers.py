"""The scenarios that run under gunicorn, on PostgreSQL, over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage
from pathlib import Path
from time import monotonic, sleep
from typing import Any, NamedTuple

from running import Running, serving
from servers import Server
from sqlalchemy import URL, NullPool, create_engine, text

from .. import ROOT
from ..apps import App
from .matrix import Outcome, Rows, count

BOUND = 12.0  # seconds after which answers are not waited for

GTHREAD = ("--threads", "4")


@dataclass(frozen=True)
class Place:
    """Where a scenario runs.

    :param database: the server, which a scenario may freeze or restart.
    :param url: of a database for this scenario and app alone, with the table.
    :param folder: for logs.
    """

    database: Server
    url: URL
    folder: Path

    @contextmanager
    def serve(
        self,
        app: App,
        *options: str,
        pool_size: int | None = None,
        url: URL | None = None,
        used: bool = False,
    ) -> Iterator[Running]:
        """Serve an app with gunicorn; the defaults are those of the app."""
        shown = (url or self.url).render_as_string(hide_password=False)
        environment = {"PYTHONPATH": str(ROOT), "SQLALCHEMY_URL": shown}
        if pool_size:
            environment["FLASK_POOL_SIZE"] = str(pool_size)
        factory = f"benchmarks.lifecycle.views:create_app('{app.name}', used={used})"
        command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:{port}"]
        # What hangs when the scenario is over need not be waited for.
        command += ["--graceful-timeout", "1", *options, factory]
        with serving(self.folder, environment, *command) as server:
            yield server

    def ask(self, statement: str) -> list[Any]:
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return list(result.scalars()) if result.returns_rows else []

    def stored(self) -> list[str]:
        return self.ask("SELECT message FROM messages ORDER BY id")


class Answer(NamedTuple):
    """An answer, or none: then its status is 0."""

    status: int
    body: str
    headers: HTTPMessage
    seconds: float

    @property
    def shown(self) -> str:
        if self.status:
            return f"{self.status} at {self.seconds:.1f} s"
        return f"> {BOUND:.0f} s" if self.seconds >= BOUND else "cut off"

    def is_503_within(self, seconds: float) -> bool:
        retry = self.headers["Retry-After"]
        return self.status == 503 and bool(retry) and self.seconds < seconds


def ask(server: Running, path: str, timeout: float = BOUND) -> Answer:
    """Return the answer to a GET, if there is one in time."""
    began = monotonic()
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=timeout)) as connection:
        try:
            connection.request("GET", f"/scenario/{path}")
            response = connection.getresponse()
            body = response.read().decode()
            return Answer(response.status, body, response.headers, monotonic() - began)
        except (OSError, HTTPException):
            return Answer(0, "", HTTPMessage(), monotonic() - began)


def at_once(
    server: Running, paths: Iterable[str], clients: int, seconds: float = BOUND
) -> list[Answer]:
    """Return the answers to many, of which so many are under way at a time.

    :param seconds: that are waited for all of them.
    """
    end = monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda path: ask(server, path, max(0.1, end - monotonic())), paths))


def wrong(answers: list[Answer]) -> list[tuple[int, str]]:
    """Count which answers to /echo/0, /echo/1 … are not what they should be."""
    failed = sum(answer.status != 200 for answer in answers)
    good = [(n, json.loads(a.body)) for n, a in enumerate(answers) if a.status == 200]
    return [(failed, "errors"), (sum(a["answer"] != n for n, a in good), "wrong")]


def echoes(number: int) -> list[str]:
    return [f"echo/{n}" for n in range(number)]


def until(condition: Callable[[], bool], seconds: float = BOUND) -> bool:
    """Wait for a condition, and return whether it came about in time."""
    end = monotonic() + seconds
    while not condition():
        if monotonic() > end:
            return False
        sleep(0.05)
    return True


def state(server: Running) -> dict[str, int]:
    found: dict[str, int] = json.loads(ask(server, "state").body)
    return found


def out(server: Running) -> int:
    """Return how many connections are still out a little after the last answer."""
    until(lambda: state(server)["out"] == 0, seconds=2)
    return state(server)["out"]


ROWS = Rows()


@ROWS.add("1", "gthread, 2,000 requests of 32 clients", "out 0")
def load(app: App, place: Place) -> Outcome:
    """Under load every answer is right, and every connection comes back."""
    with place.serve(app, *GTHREAD) as server:
        answers = at_once(server, echoes(2000), clients=32, seconds=60)
        return count(*wrong(answers), (out(server), "out"))


@ROWS.add("3", "100 async views", "out 0")
def async_views(app: App, place: Place) -> Outcome:
    """Async views give their connections back."""
    with place.serve(app, *GTHREAD, pool_size=100) as server:
        answers = at_once(server, ["async"] * 100, clients=8)
        failed = sum(answer.status != 200 for answer in answers)
        return count((out(server), "out"), (failed, "errors"), (len(place.stored()), "rows left"))


def stream(app: App, place: Place, kind: str) -> Outcome:
    with place.serve(app, *GTHREAD) as server:
        answers = at_once(server, [f"stream/{kind}"] * 20, clients=4)
        failed = sum((answer.status, answer.body) != (200, "0 1 2 ") for answer in answers)
        lost = state(server)["out"]  # at once: it may come back with the next use of the thread
        return count((failed, "of 20 fail"), (lost, "out"))


@ROWS.add("5a", "streamed body uses the session, no `stream_with_context`", "works, out 0")
def streamed(app: App, place: Place) -> Outcome:
    """A streamed body may use the session."""
    return stream(app, place, "without-context")


@ROWS.add("5b", "with `stream_with_context`, read to the end", "works, out 0")
def streamed_with_context(app: App, place: Place) -> Outcome:
    """A streamed body may use the session, in Flask's context too."""
    return stream(app, place, "with-context")


@ROWS.add(
    "6a",
    "20 views that query, then sleep 2 s, pool of 5",
    "connection back before the slow work; all 20 in about 2 s",
)
def slow_views(app: App, place: Place) -> Outcome:
    """Views that have read hold no connection while they do something slow."""
    with place.serve(app, "--threads", "24", pool_size=5) as server:
        began = monotonic()
        answers = at_once(server, ["slow"] * 20, clients=20)
        seconds = monotonic() - began
        failed = sum(answer.status != 200 for answer in answers)
        if failed:
            return count((failed, "errors"))
        return Outcome(True) if seconds < 3 else Outcome(False, f"{seconds:.1f} s")


@ROWS.add("6b", "client that does not read a streamed body", "no connection held while it waits")
def stalled(app: App, place: Place) -> Outcome:
    """A client that stalls holds no connection."""
    place.ask(
        "INSERT INTO messages (message)"
        " SELECT repeat('x', 200) || n FROM generate_series(1, 50000) AS n"
    )
    with place.serve(app, *GTHREAD) as server, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(BOUND)
        client.connect(("127.0.0.1", server.port))
        client.sendall(b"GET /scenario/export HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if b"200 OK" not in client.recv(100):
            return Outcome(False, "no export")
        seen = [-1]

        def waits() -> bool:  # no statement more for half a second
            seen.append(state(server)["statements"])
            return len(seen) > 10 and seen[-1] == seen[-10]

        if not until(waits):
            return Outcome(False, "never waits")
        return count((state(server)["out"], "held"))


@ROWS.add(
    "7",
    "engine used before fork (gunicorn `--preload`), 400 requests, 4 workers",
    "0 errors, 0 wrong answers",
)
def forked(app: App, place: Place) -> Outcome:
    """Workers that are forked from a process with connections do not share them."""
    options = ("--preload", "--workers", "4", *GTHREAD)
    with place.serve(app, *options, used=True) as server:
        return count(*wrong(at_once(server, echoes(400), clients=16)))


@ROWS.add("8", "gevent, 200 concurrent, pool of 5", "all answered, out 0")
def greenlets(app: App, place: Place) -> Outcome:
    """Greenlets wait for a connection, and give it back."""
    with place.serve(app, "--worker-class", "gevent", pool_size=5) as server:
        answers = at_once(server, echoes(200), clients=200)
        return count(*wrong(answers), (out(server), "connections lost"))


@ROWS.add("11", "database restarted between requests, 2 workers", "0 failed requests")
def restarted(app: App, place: Place) -> Outcome:
    """A database that was restarted costs no request."""
    with place.serve(app, "--workers", "2") as server:
        workers: set[int] = set()

        def both_have_connections() -> bool:
            answers = at_once(server, echoes(8), clients=4)
            workers.update(json.loads(answer.body)["worker"] for answer in answers)
            return len(workers) == 2

        until(both_have_connections)
        place.database.stop()
        place.database.start()
        answers = at_once(server, echoes(40), clients=4)
        return count((sum(answer.status != 200 for answer in answers), "failed"))


@ROWS.add("13a", "database refuses / is a black hole", "503 at once / within 5 s")
def away(app: App, place: Place) -> Outcome:
    """A database that is not there is a 503, soon."""
    with socket.socket() as closed, socket.create_server(("127.0.0.1", 0)) as hole:
        closed.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there
        answers = []
        for host, port in (closed.getsockname(), hole.getsockname()):
            url = URL.create("postgresql+psycopg", "me", "secret", host, port, "none")
            with place.serve(app, *GTHREAD, url=url) as server:
                answers.append(ask(server, "echo/1"))
    refused, swallowed = answers
    if refused.is_503_within(1) and swallowed.is_503_within(5):
        return Outcome(True)
    return Outcome(False, f"{refused.shown} / {swallowed.shown}")


@contextmanager
def frozen(place: Place) -> Iterator[None]:
    """Stop the database server where it stands, with the processes of this database."""
    connections = place.ask(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    processes = [place.database.process.pid, *connections]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@ROWS.add("13b", "database frozen (SIGSTOP) mid-request", f"503 within {BOUND:.0f} s")
def freezes(app: App, place: Place) -> Outcome:
    """A database that stops answering in the middle of a request is a 503, within a bound."""
    with place.serve(app, *GTHREAD) as server, ThreadPoolExecutor(1) as client:
        held = client.submit(ask, server, "hold")
        until(lambda: state(server)["holding"] == 1)
        with frozen(place):
            ask(server, "release")
            answer = held.result()
        return Outcome(True) if answer.is_503_within(BOUND) else Outcome(False, answer.shown)


@ROWS.add("14", "pool exhausted", "503 + Retry-After within 5 s")
def exhausted(app: App, place: Place) -> Outcome:
    """A pool that is in use is a 503, soon."""
    with (
        place.serve(app, "--threads", "14", pool_size=5) as server,
        ThreadPoolExecutor(5) as clients,
    ):
        held = [clients.submit(ask, server, "hold", 3 * BOUND) for _ in range(5)]
        until(lambda: state(server)["holding"] == 5)
        answer = ask(server, "echo/1")
        ask(server, "release")
        if any(one.result().status != 200 for one in held):
            return Outcome(False, "those who hold fail")
        return Outcome(True) if answer.is_503_within(5) else Outcome(False, answer.shown)


@ROWS.add("16a", "30 times, another teardown raises; pool of 10", "out 0")
def torn(app: App, place: Place) -> Outcome:
    """A teardown that raises does not keep connections from coming back."""
    with place.serve(app, *GTHREAD, pool_size=10) as server:
        alive = all(ask(server, "torn", timeout=5).status for _ in range(30))
        lost = state(server)["out"]  # at once: it may come back with the next use of the thread
    return count((lost, "out")) if alive else Outcome(False, f"{lost} out, pool dead")


@ROWS.add(
    "16b",
    "50 times (add, no commit, another teardown raises; then another request commits)",
    "0 ghost rows",
)
def ghosts(app: App, place: Place) -> Outcome:
    """What a torn request did not commit, no later request commits."""
    with place.serve(app, pool_size=60) as server:
        for number in range(50):
            ask(server, "torn")
            ask(server, f"add/{number}")
    found = place.stored()
    missing = len({str(number) for number in range(50)} - set(found))
    return count((found.count("not committed"), "ghost rows"), (missing, "lost"))
