"""Measure what more rows cost: a page, one message, the export; and write it into the README."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Any

from running import clean
from sqlalchemy import URL, text

from starter.web.pages import cursor

from .. import ROOT, report
from . import databases, export
from .contestants import STARTER
from .databases import POSTGRESQL, SQLITE
from .goals import EXPORT, GROWTH, Goal
from .workers import Turn, interleaved, working
from .workloads import Workload

HERE = Path(__file__).parent
VERSIONS = ("Flask", "SQLAlchemy", "psycopg", "msgspec")
SIZES = [10**exponent for exponent in range(3, 8)]
EXPORTED = 10**6  # rows
ROUNDS, EXPORTS, STATEMENTS = 100, 7, 3
SLOW_EXPORTS = 2  # of that which takes half a minute
DATABASES = [SQLITE, POSTGRESQL]
TITLES = {
    export.STARTER: "the starter's `GET /messages`",
    export.RAW: "raw driver in the same Flask",
    export.ALL: "`Session.scalars(select(Message)).all()`",
}
AT_90 = "page at 90 %"
OFFSET, COUNT = "OFFSET at 90 %", "count(*)"

Done = Callable[[], None]


def questions(rows: int) -> dict[str, Workload]:
    """Return what is asked of the starter, whatever the number of rows."""
    pages = {"first page": None, AT_90: rows * 9 // 10 - 1, "last page": rows - 100}
    paths = {
        title: "/messages?limit=100" + (f"&after={cursor(after, 'messages')}" if after else "")
        for title, after in pages.items()
    }
    paths["one by id"] = f"/messages/{rows * 9 // 10}"
    return {title: Workload(title, path) for title, path in paths.items()}


def warnings(rows: int) -> dict[str, str]:
    """Return the statements that people page with, and the starter does not."""
    page = "SELECT id, message FROM messages ORDER BY id LIMIT 100"
    return {
        OFFSET: f"{page} OFFSET {rows * 9 // 10}",
        COUNT: "SELECT count(*) FROM messages",
    }


@dataclass
class Found:
    """The figures of one database.

    :param seconds: of each question and statement, by its name and the number of rows.
    :param exports: by their kind: rows a second, and the bytes by which the peak rose.
    """

    seconds: dict[tuple[str, int], float]
    exports: dict[str, tuple[float, int]]


def measure(urls: dict[int, URL], rounds: int, done: Done) -> Found:
    """Measure one database at each of its sizes."""
    turns: dict[tuple[str, int], Turn] = {}
    with ExitStack() as stack:
        for rows, url in urls.items():
            worker = stack.enter_context(working(STARTER, url))
            for title, workload in questions(rows).items():
                turns[title, rows] = worker, workload
        cells = interleaved(turns, rounds, done)
    seconds = {key: cell.least for key, cell in cells.items()}
    for rows, url in urls.items():
        for title, statement in warnings(rows).items():
            seconds[title, rows] = statement_seconds(url, statement)
            done()
    largest = urls[min(max(urls), EXPORTED)]
    return Found(seconds, exports(largest, urls[min(urls)], done))


def statement_seconds(url: URL, statement: str) -> float:
    found = []
    with databases.autocommitting(url).connect() as connection:
        for _ in range(STATEMENTS):
            began = perf_counter()
            connection.execute(text(statement)).all()
            found.append(perf_counter() - began)
    return min(found)


def exports(url: URL, small: URL, done: Done) -> dict[str, tuple[float, int]]:
    """Return the best of some exports of each kind; of the memory, the worst."""
    environment = {
        "SQLALCHEMY_URL": url.render_as_string(hide_password=False),
        export.WARM_URL: small.render_as_string(hide_password=False),
    }
    found: dict[str, list[tuple[float, int]]] = {kind: [] for kind in export.PATHS}
    for turn in range(EXPORTS):
        for kind in export.PATHS:
            if kind != export.ALL or turn < SLOW_EXPORTS:
                result = exported(kind, environment)
                found[kind].append((result["rows"] / result["seconds"], result["bytes"]))
            done()
    return {
        kind: (max(rate for rate, _ in runs), max(peak for _, peak in runs))
        for kind, runs in found.items()
    }


def exported(kind: str, environment: dict[str, str]) -> Any:
    command = [sys.executable, "-m", export.__name__, kind]
    done = subprocess.run(command, cwd=ROOT, env=clean(environment), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"The export of {kind} fails: {done.stderr}")
    return json.loads(done.stdout)


def pages_table(found: dict[str, Found], sizes: list[int]) -> str:
    """Return what each takes, and how many times what it takes at the fewest rows."""
    rows = []
    titles = list(questions(sizes[0]))
    for place, figures in found.items():
        for size in sizes:
            cells = []
            for title in titles:
                now = figures.seconds[title, size]
                ratio = now / figures.seconds[title, sizes[0]]
                goal = Goal(f"{place}, {title} at {size:,} rows", ratio, "≤", GROWTH)
                cells.append(f"{now * 1e6:.0f} µs, {goal.cell}")
            cells += [f"{figures.seconds[title, size] * 1e3:.2f} ms" for title in warnings(size)]
            rows.append([place, f"{size:,}", *cells])
    return report.table(["database", "rows", *titles, *warnings(0)], rows)


def exports_table(found: dict[str, Found]) -> str:
    """Return the speed and the memory of each kind of export, with the goals of the starter."""
    rows = []
    for place, figures in found.items():
        for kind, title in TITLES.items():
            rate, peak = figures.exports[kind]
            cells = [f"{rate / 1e3:,.0f}", f"{peak / 1e6:.1f}", "", ""]
            if kind == export.STARTER:
                cells[1:] = [
                    Goal(f"{place}, export, MB", peak / 1e6, "≤", EXPORT["MB"]).cell,
                    Goal(
                        f"{place}, export to raw",
                        rate / figures.exports[export.RAW][0],
                        "≥",
                        EXPORT["of raw"],
                    ).cell,
                    Goal(
                        f"{place}, export to .all()",
                        rate / figures.exports[export.ALL][0],
                        "≥",
                        EXPORT["times .all()"],
                    ).cell,
                ]
            rows.append([place, title, *cells])
    columns = ["database", "export", "1000 rows a second", "MB more at the peak"]
    return report.table([*columns, "of the raw driver's speed", "times `.all()`"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.performance.growth", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--most", type=float, default=SIZES[-1], metavar="ROWS")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    chosen = parser.parse_args()
    sizes = [size for size in SIZES if size <= chosen.most]
    if not sizes:
        parser.error(f"--most: at least {SIZES[0]} rows are measured")
    whole = (sizes, chosen.databases) == (SIZES, DATABASES) and chosen.rounds >= ROUNDS
    began = monotonic()
    machine = report.machine(*VERSIONS)
    found: dict[str, Found] = {}
    # To fill, to ask the starter, to ask by statements, to export.
    steps = len(sizes) * (1 + chosen.rounds * len(questions(0)) + len(warnings(0)))
    steps += EXPORTS * len(TITLES)
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        progress = stack.enter_context(report.progress())
        task = progress.add_task("growth", total=steps * len(chosen.databases))

        def done() -> None:
            progress.advance(task)

        for place in chosen.databases:
            server = None
            if place == POSTGRESQL:
                server = stack.enter_context(databases.postgresql(folder, durable=False))
                machine += f", PostgreSQL {databases.ask(server.url, 'SHOW server_version')}"
            with ExitStack() as filled:
                urls = {}
                for size in sizes:
                    urls[size] = filled.enter_context(databases.filled(server, folder, size))
                    done()
                found[place] = measure(urls, chosen.rounds, done)
    minutes = (monotonic() - began) / 60
    text = "\n\n".join(
        [
            f"Measured {machine}; {chosen.rounds} rounds, {minutes:.0f} minutes in all.",
            f"The starter, the best round and its ratio to {sizes[0]:,} rows (≤ {GROWTH}); and two "
            "statements that it does not send:",
            pages_table(found, sizes),
            f"The export of {min(sizes[-1], EXPORTED):,} rows:",
            exports_table(found),
        ]
    )
    print(text)
    print("\nGoals missed:" if Goal.missed else "\nEvery goal is met.", *Goal.missed, sep="\n")
    if whole:
        report.write(HERE / "README.md", "growth", text)
        draw(found, sizes)
        print(f"The tables are in {(HERE / 'README.md').relative_to(ROOT)}.")
    else:
        print("A part of it: the tables in the README stay as they are.")


def draw(found: dict[str, Found], sizes: list[int]) -> None:
    series = {
        f"{place}, {title}": [(size, figures.seconds[title, size] * 1e3) for size in sizes]
        for place, figures in found.items()
        for title in (AT_90, "one by id", *warnings(0))
    }
    report.lines(HERE / "growth.svg", "What more rows cost", "rows in the table", "ms", series)


if __name__ == "__main__":
    main()
