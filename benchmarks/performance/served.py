"""Measure what a request costs a server under load, of the starter and its peers."""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from rich.progress import Progress
from running import Running, serving
from sqlalchemy import URL

from .. import ROOT, report
from . import databases
from .apps_served import CLIENTS, SERVED, THREADS, Served
from .databases import POSTGRESQL, SQLITE
from .goals import Goal
from .load import Round, load
from .workloads import ROWS, WORKLOADS, Workload

HERE = Path(__file__).parent
VERSIONS = ("Flask", "SQLAlchemy", "psycopg", "asyncpg", "granian", "gunicorn", "uvicorn")
PAGE, LONGER, ONE, CREATE = TITLES = ("page of 3", "page of 100", "one by id", "create")
ROUNDS, SECONDS = 8, 1  # many and short: in the best of them nobody else was at work
CHOICES = {
    "workloads": list(TITLES),
    "contestants": list(SERVED),
    "databases": [POSTGRESQL, SQLITE],
}

FLASK_SQLALCHEMY: dict[str, float] = {PAGE: 3, LONGER: 5, CREATE: 3}
# Beside which of its servers the starter leads a peer, and at least how many times over.
LEADS: dict[tuple[str, str], dict[str, float]] = {
    ("flask-sqlalchemy-gunicorn", "starter-granian"): FLASK_SQLALCHEMY,
    ("flask-sqlalchemy-gunicorn", "starter-gunicorn"): FLASK_SQLALCHEMY,
    ("flask-sqlalchemy-granian", "starter-granian"): FLASK_SQLALCHEMY,
    ("seed-gunicorn", "starter-granian"): {},
    ("django-gunicorn", "starter-granian"): {PAGE: 2, LONGER: 2.5, CREATE: 1.6},
    ("django-gunicorn", "starter-gunicorn"): {},
    ("fastapi-uvicorn", "starter-granian"): {PAGE: 3, LONGER: 6, CREATE: 3},
    ("starlette-uvicorn", "starter-granian"): {LONGER: 1.2},
    ("flask-sqlalchemy-granian", "session-granian"): FLASK_SQLALCHEMY,
    ("flask-sqlalchemy-granian", "connection-granian"): FLASK_SQLALCHEMY,
    ("flask-sqlalchemy-granian", "fetch_all-granian"): FLASK_SQLALCHEMY,
    ("raw-granian", "starter-granian"): {},
    ("raw-granian", "session-granian"): {},
    ("raw-granian", "connection-granian"): {},
    ("raw-granian", "fetch_all-granian"): {},
    ("bare-granian", "starter-granian"): {},
}

Pick = Callable[[list[float]], float]
Results = dict[tuple[str, str], list[Round]]  # by who is served, and the workload


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.performance.served", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--seconds", type=int, default=SECONDS, metavar="N", help="of each load")
    for option, names in CHOICES.items():
        parser.add_argument(f"--{option}", nargs="+", choices=names, default=names)
    chosen = parser.parse_args()
    whole = all(set(getattr(chosen, option)) == set(names) for option, names in CHOICES.items())
    whole &= chosen.rounds >= ROUNDS and chosen.seconds >= SECONDS
    if not shutil.which("wrk"):
        sys.exit("wrk, which makes the load, is not installed: apt-get install wrk")
    began = monotonic()
    with report.progress() as progress:
        results = {place: measure(place, chosen, progress) for place in chosen.databases}
    text = "\n\n".join(
        [
            f"Measured {report.machine(*VERSIONS)}; wrk with {CLIENTS} clients, {chosen.rounds} "
            f"rounds of {chosen.seconds} s, {(monotonic() - began) / 60:.0f} minutes in all.",
            *(part for place, found in results.items() for part in tables(place, found)),
        ]
    )
    print(text)
    print("\nGoals missed:" if Goal.missed else "\nNo goal is missed.", *Goal.missed, sep="\n")
    if whole:
        report.write(HERE / "README.md", "served", text)
        draw(results[POSTGRESQL])
        print(f"The tables are in {(HERE / 'README.md').relative_to(ROOT)}.")
    else:
        print("A part of it: the tables in the README stay as they are.")


def measure(place: str, chosen: argparse.Namespace, progress: Progress) -> Results:
    """Measure everyone on a database, in rounds, in each of which everyone has a turn."""
    names = [name for name in chosen.contestants if place in SERVED[name].databases]
    workloads = [WORKLOADS[title] for title in chosen.workloads]
    results: Results = {}
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        server = None
        if place == POSTGRESQL:
            server = stack.enter_context(databases.postgresql(folder, durable=True))
        url = stack.enter_context(databases.filled(server, folder, ROWS))
        running = {}
        for name in progress.track(names, description=f"{place}: starting"):
            running[name] = stack.enter_context(serve(SERVED[name], url, folder))
            for workload in workloads:
                if answers(name, workload):
                    check(SERVED[name], running[name], workload, url)
            load(running[name], workloads[0], CLIENTS, 1, folder)  # each thread with a connection
        asked = [(one, name) for one, name in product(workloads, names) if answers(name, one)]
        turns = asked * chosen.rounds
        for workload, name in progress.track(turns, description=f"{place}: measuring"):
            found = load(running[name], workload, CLIENTS, chosen.seconds, folder)
            results.setdefault((name, workload.title), []).append(found)
    return results


def answers(name: str, workload: Workload) -> bool:
    """Tell whether who is served has the view for a workload."""
    return SERVED[name].starter or workload.title != ONE


@contextmanager
def serve(served: Served, url: URL, folder: Path) -> Iterator[Running]:
    """Serve an app, in a session of processes of its own.

    :raises SystemExit: it does not start; the text has its command.
    """
    environment = {
        "CLIENTS": str(CLIENTS),
        "FLASK_POOL_SIZE": str(THREADS),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'starter' / 'src'}",
        "SQLALCHEMY_URL": url.render_as_string(hide_password=False),
    }
    command = served.command
    if served.starter:  # the lines are made and written, but a disk is no part of it
        command = ["/bin/sh", "-c", 'exec "$@" 2> /dev/null', "sh", *command]
    try:
        with serving(folder, environment, *command) as running:
            yield running
    except AssertionError as error:  # its log, which is not kept of those that log requests
        sys.exit(f"{served.title} did not start: {shlex.join(served.command)}\n{error}")


def check(served: Served, running: Running, workload: Workload, url: URL) -> None:
    """Let an app show that it answers as all of them do.

    :raises SystemExit: it does not.
    """
    if workload.title == ONE:
        wanted: object = {"id": ROWS // 2, "message": f"Message {ROWS // 2}"}
        status, body = running.ask("GET", workload.path)
    elif workload.text is None:
        limit = int(workload.path.rpartition("=")[2])
        wanted = [{"id": id, "message": f"Message {id}"} for id in range(1, limit + 1)]
        status, body = running.ask("GET", workload.path)
    else:
        headers = {"Content_Type": "application/json"}
        status, body = running.ask("POST", workload.path, workload.body, **headers)
        # What is not committed is not seen from here.
        id = databases.ask(url, "SELECT max(id) FROM messages")
        wanted = {"id": id, "message": workload.text}
    try:
        got = json.loads(body)
    except ValueError:
        got = body
    if (status, got) != (workload.status, wanted):
        sys.exit(
            f"{served.title} answers {workload.title!r} with {status}, {got!r:.200}, "
            f"and not with {workload.status}, {wanted!r:.200}."
        )


def cost(rounds: Sequence[Round]) -> float:
    """Return the least of the rounds: what else the machine did in the others is not the app's."""
    return min(round.cost for round in rounds)


def tables(place: str, results: Results) -> list[str]:
    """Return the tables of a database, with their titles."""
    titles = list(dict.fromkeys(title for _, title in results))
    return [
        f"{place}: µs of CPU a request, the least of the rounds (and the most).",
        report.table(["", *titles], figures(results, titles, "cost", min, max)),
        f"{place}: requests a second, the most of the rounds (and the least).",
        report.table(["", *titles], figures(results, titles, "rate", max, min)),
        f"{place}: the lead of the starter, CPU of the peer / CPU of the starter (and the goal).",
        report.table(["peer", "beside", *titles], leads(place, results, titles)),
    ]


def figures(
    results: Results, titles: Sequence[str], value: str, best: Pick, worst: Pick
) -> Iterator[list[str]]:
    for name in dict.fromkeys(name for name, _ in results):
        cells = [SERVED[name].heading]
        for title in titles:
            if (name, title) not in results:
                cells.append("")
                continue
            values = list(map(attrgetter(value), results[name, title]))
            shown = f"{best(values):,.0f} ({worst(values):,.0f})"
            failed = sum(round.failed for round in results[name, title])
            cells.append(f"{shown}, **{failed:,} failed**" if failed else shown)
        yield cells


def leads(place: str, results: Results, titles: Sequence[str]) -> Iterator[list[str]]:
    names = {name for name, _ in results}
    for (peer, own), goals in LEADS.items():
        if not names >= {peer, own}:
            continue
        cells = [SERVED[peer].heading, SERVED[own].title]
        for title in titles:
            if not results.keys() >= {(peer, title), (own, title)}:
                cells.append("")
                continue
            lead = cost(results[peer, title]) / cost(results[own, title])
            if goal := goals.get(title):
                what = f"{place}, {title}, {SERVED[peer].title} / {SERVED[own].title}"
                cells.append(f"{Goal(what, lead, '≥', goal).cell} (≥ {goal:g})")
            else:
                cells.append(f"{lead:.2f}")
        yield cells


def draw(results: Results) -> None:
    groups = {
        title: {
            served.title: cost(results[name, title])
            for name, served in SERVED.items()
            if (name, title) in results
        }
        for title in TITLES
    }
    report.bars(HERE / "served.svg", "CPU of the server a request, PostgreSQL", "µs", groups)


if __name__ == "__main__":
    main()
