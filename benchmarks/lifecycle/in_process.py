"""The scenarios that need no server: each runs in a fresh process, on a database of its own.

Run by the command as ``python -m benchmarks.lifecycle.in_process APP ROW [REQUESTS]``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from sqlalchemy import NullPool, create_engine, literal, select, text
from werkzeug.test import create_environ

from ..apps import APPS, App
from . import scripts
from .matrix import Outcome, Rows, count

if TYPE_CHECKING:
    from flask import Flask

ROWS = Rows()
THREADS = 4
POOL_SIZE = JOBS = WRITERS = 5
REQUESTS = 600
SQLITE_TABLE = "CREATE TABLE messages (id integer PRIMARY KEY, message text NOT NULL)"


def made(app: App) -> Flask:
    # Here and not above: row 9 runs where Flask is absent.
    from .views import create_app

    return create_app(app.name)


def out(flask_app: Flask) -> int:
    from .views import out

    return out(flask_app)


def url() -> str:
    return os.environ["SQLALCHEMY_URL"]


def stored(url: str) -> list[str]:
    """Return what is committed, by a connection of its own."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT message FROM messages ORDER BY id")))


def get(flask_app: Flask, path: str) -> Any:
    """Return the body of an answer, not yet read, as a server has it."""
    return flask_app(create_environ(path), lambda *_: lambda _: None)


def read(flask_app: Flask, path: str) -> None:
    body = get(flask_app, path)
    for _ in body:
        pass
    body.close()


@ROWS.add("2", "exception after flush, then good requests", "rolled back, out 0")
def exception(app: App) -> Outcome:
    """Views that fail after a flush leave neither a row nor a connection."""
    flask_app = made(app)
    client = flask_app.test_client()
    for number in range(20):
        client.get("/scenario/error").close()
        client.get(f"/scenario/add/{number}").close()
    left = stored(url())
    return count((out(flask_app), "out"), (len(set(left) ^ set(map(str, range(20)))), "rows wrong"))


@ROWS.add(
    "4",
    "nested app contexts, `client.get` inside `app_context()`",
    "outer session intact, the request has its own",
)
def nested(app: App) -> Outcome:
    """A session outside is left alone by an app context, and by a request, inside."""
    flask_app = made(app)
    from .views import leave_a_row, seen

    found = []
    with flask_app.app_context():
        outer = app.integration.session()
        outer.add(app.integration.model(message="pending"))
        with flask_app.app_context():
            leave_a_row(app.integration)
        if app.integration.session() is not outer or not outer.new:
            found.append("outer killed")
        flask_app.test_client().get("/scenario/leave").close()
        if seen[-1] is app.integration.session():
            found.append("request shares it")
    return Outcome(not found, ", ".join(found) or "ok")


@contextmanager
def abandoned_streams(flask_app: Flask) -> Iterator[list[ThreadPoolExecutor]]:
    """Begin a streamed body on each of some threads, and finalise it on this one.

    https://github.com/pallets/flask/issues/6123
    """

    def begin() -> Any:
        body = get(flask_app, "/scenario/stream/with-context")
        next(iter(body))
        return body

    threads = [ThreadPoolExecutor(1) for _ in range(THREADS)]
    for thread in threads:
        body = thread.submit(begin).result()
        with suppress(Exception):  # which a server would log
            body.close()
        del body
    gc.collect()
    yield threads
    for thread in threads:
        thread.shutdown()


@ROWS.add(
    "5c",
    "stream abandoned, generator finalised on another thread "
    "([flask #6123](https://github.com/pallets/flask/issues/6123)), 4 threads",
    "out 0, later teardowns run",
)
def abandoned(app: App) -> Outcome:
    """A stream that is abandoned keeps no connection, and later requests are torn down."""
    flask_app = made(app)
    from .views import teardowns

    with abandoned_streams(flask_app) as threads:
        held = out(flask_app)
        before = len(teardowns)
        for number in range(20):
            threads[number % THREADS].submit(read, flask_app, "/scenario/nothing").result()
        run = len(teardowns) - before
    ok = held == 0 and run == 20
    return Outcome(True) if ok else Outcome(False, f"{held} out, {run}/20 teardowns")


@ROWS.add(
    "5d",
    "next request on that thread commits",
    "an earlier request's uncommitted row is never committed",
)
def ghosts_of_streams(app: App) -> Outcome:
    """What an abandoned stream did not commit, no later request commits."""
    flask_app = made(app)
    with abandoned_streams(flask_app) as threads:
        for number, thread in enumerate(threads):
            thread.submit(read, flask_app, f"/scenario/add/{number}").result()
    return count((stored(url()).count("not committed"), f"of {THREADS} committed"))


@ROWS.add("9", "Flask absent: models imported; sessions in a script and in threads", "works")
def without_flask(app: App) -> Outcome:
    """Models and sessions work where Flask cannot be imported."""
    with patch.dict(sys.modules, {"flask": None}):
        try:
            script = getattr(scripts, app.name)(url())
        except ImportError:
            return Outcome(False, "models need Flask")
        session = script.session
        if session is None:
            return Outcome(False, "models only")

        def write(number: int) -> None:
            with session() as opened:
                opened.add(script.message(message=str(number)))
                opened.commit()

        write(0)
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(write, range(1, 20)))
    if len(stored(url())) != 20:
        return Outcome(False, "rows are missing")
    return Outcome(True, "ok" if script.same else "ok, by another session")


@ROWS.add("10", "two apps, two databases, one process", "each its own")
def two_apps(app: App) -> Outcome:
    """Each of two apps in a process writes to its own database."""
    first_url, second_url = url(), os.environ["OTHER_URL"]
    first = made(app)
    os.environ["SQLALCHEMY_URL"] = second_url
    second = made(app)
    read(first, "/scenario/add/first")
    read(second, "/scenario/add/second")
    match stored(first_url), stored(second_url):
        case ["first"], ["second"]:
            return Outcome(True)
        case [_, _], []:
            return Outcome(False, "both use the first")
        case [], [_, _]:
            return Outcome(False, "the first is moved to the second")
        case found:
            return Outcome(False, f"stored: {found}")


@ROWS.add("12", "a test rolls back everything, the app's commits too", "nothing left")
def rolled_back(app: App) -> Outcome:
    """What an app commits in a test is gone after it."""
    flask_app = made(app)
    client = flask_app.test_client()
    with app.integration.rolled_back(flask_app):
        failed = sum(client.get(f"/scenario/add/{n}").status_code != 200 for n in range(3))
    return count((len(stored(url())), "left"), (failed, "of 3 requests failed"))


def microseconds(flask_app: Flask, requests: int = 1000) -> float:
    environ = create_environ("/scenario/nothing")
    began = process_time()
    for _ in range(requests):
        body = flask_app(environ.copy(), lambda *_: lambda _: None)
        list(body)
        body.close()  # type: ignore[attr-defined]
    return (process_time() - began) / requests * 1e6


@ROWS.add(
    "15",
    "CPU per request without a query, µs / the same for Flask alone",
    "less than 1.5 times Flask alone",
)
def cpu(app: App) -> Outcome:
    """A request that asks the database nothing costs about what it costs in Flask alone."""
    from flask import Flask

    from ..integration import Integration

    def with_view(flask_app: Flask) -> Flask:
        flask_app.add_url_rule("/scenario/nothing", view_func=lambda: "")
        return flask_app

    integration = app.integration
    apps = [with_view(Flask("alone")), with_view(integration.bare_app())]
    if type(integration).bare_app is not Integration.bare_app:
        apps.append(with_view(integration.create_app()))
    # The least of several, in turns: what else this machine did is not the app's.
    turns = [[microseconds(flask_app) for flask_app in apps] for _ in range(5)]
    alone, *found = map(min, zip(*turns, strict=True))
    shown = f"{found[0]:.0f} / {alone:.0f}"
    if found[1:]:
        shown += f", whole app {found[1]:.0f}"
    return Outcome(found[0] < 1.5 * alone, shown)


@ROWS.add(
    "17",
    "five jobs of a `ThreadPoolExecutor` read through the session, then their threads idle; "
    "pool of 5",
    "out 0, the next request is served; with and without what the documentation puts around a job",
)
def jobs(app: App) -> Outcome:
    """Jobs that have ended keep no connection, although their threads live on."""
    os.environ["FLASK_POOL_SIZE"] = str(POOL_SIZE)
    flask_app = made(app)
    # Without is the last: what it takes is gone for good.
    found = {
        f"`{app.job}`": after_jobs(app, flask_app, lambda: app.integration.job(flask_app)),
        "without": after_jobs(app, flask_app, nullcontext),
    }
    said = "; ".join(f"{way}: {shown}" for way, (_, shown) in found.items())
    return Outcome(all(ok for ok, _ in found.values()), said)


def after_jobs(
    app: App, flask_app: Flask, around: Callable[[], AbstractContextManager[Any]]
) -> tuple[bool, str]:
    """Return what has become of the jobs, and of a request after them."""
    together = Barrier(JOBS)  # no thread does two of them

    def job() -> None:
        together.wait()
        with around():
            app.integration.session().scalar(select(literal(1)))

    with ThreadPoolExecutor(JOBS) as threads:
        errors = [done.exception() for done in [threads.submit(job) for _ in range(JOBS)]]
        held, began = out(flask_app), monotonic()
        status = flask_app.test_client().get("/scenario/echo/1").status_code
        seconds = monotonic() - began
    refused = {type(error).__name__ for error in errors if error}
    shown = [*refused, *([f"{held} out"] if held else [])]
    if status != 200:
        shown.append(f"next request {status} at {seconds:.1f} s")
    # Who is told at once that there is no session has lost none.
    return held == 0 and status == 200, ", ".join(shown) or "ok"


@ROWS.add(
    "18",
    f"SQLite, five threads, each request reads and then writes, {REQUESTS} requests",
    "0 failures",
)
def read_then_write(app: App, requests: int = REQUESTS) -> Outcome:
    """Requests that write what they have read about wait for each other."""
    with TemporaryDirectory() as folder:
        os.environ["SQLALCHEMY_URL"] = f"sqlite:///{Path(folder, 'messages.sqlite')}"
        engine = create_engine(url(), poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(SQLITE_TABLE))
        flask_app = made(app)

        def request(number: int) -> tuple[bool, float]:
            began = monotonic()
            path = f"/scenario/read-then-write/{number}"
            ok = flask_app.test_client().get(path).status_code == 200
            return ok, monotonic() - began

        with ThreadPoolExecutor(WRITERS) as threads:
            answers = list(threads.map(request, range(requests)))
        lost = sum(ok for ok, _ in answers) - len(stored(url()))
    failures = [seconds for ok, seconds in answers if not ok]
    soonest = min(failures, default=0)
    failed = f"of {requests:,} failed, the soonest after {soonest:.1f} s"
    return count((len(failures), failed), (lost, "lost"))


if __name__ == "__main__":
    name, number, *more = sys.argv[1:]
    print(json.dumps(asdict(ROWS[number].run(APPS[name], *map(int, more)))))
