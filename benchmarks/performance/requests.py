"""Measure whole requests in process, and write the tables into the README.

Each contestant has a process of its own; they work in turns, and the best round counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from sqlalchemy import URL

from .. import ROOT, report
from . import agreement, databases, tables
from .contestants import CONTESTANTS, FLASK, RAW, STARTER
from .databases import POSTGRESQL, SQLITE
from .goals import EXTRAS, LED, Goal
from .workers import Cell, interleaved, working
from .workloads import NOTHING, ROWS, WORKLOADS

HERE = Path(__file__).parent
VERSIONS = ("Flask", "SQLAlchemy", "psycopg", "msgspec")
ROUNDS = 100
CHOICES = {
    "workloads": list(WORKLOADS),
    "contestants": list(CONTESTANTS),
    "databases": [SQLITE, POSTGRESQL],
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.performance.requests", description=__doc__
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    for option, names in CHOICES.items():
        parser.add_argument(f"--{option}", nargs="+", choices=names, default=names)
    chosen = parser.parse_args()
    # In the order of the tables, whatever that of the options; the workload that writes is last.
    workloads, contestants, places = (
        [name for name in names if name in getattr(chosen, option)]
        for option, names in CHOICES.items()
    )
    whole = [workloads, contestants, places] == list(CHOICES.values()) and chosen.rounds >= ROUNDS
    began = monotonic()
    cells: tables.Cells = {}
    machine = report.machine(*VERSIONS)
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        progress = stack.enter_context(report.progress())
        turns = chosen.rounds * (len(places) * len(workloads) * len(contestants) + 2)
        task = progress.add_task("requests", total=turns)

        def done() -> None:
            progress.advance(task)

        for place in places:
            server = None
            if place == POSTGRESQL:
                server = stack.enter_context(databases.postgresql(folder, durable=True))
                machine += f", PostgreSQL {databases.ask(server.url, 'SHOW server_version')}"
            with databases.filled(server, folder, ROWS) as url:
                measured = measure(url, workloads, contestants, chosen.rounds, done)
            cells |= {(workload, place): found for workload, found in measured.items()}
        with databases.filled(None, folder, ROWS) as url:
            extras = measure_extras(url, chosen.rounds, done)
    text = "\n\n".join(
        [
            f"Measured {machine}; {chosen.rounds} rounds, "
            f"{(monotonic() - began) / 60:.0f} minutes in all. {tables.noise(cells)}",
            *shown(cells, contestants),
            told(extras),
        ]
    )
    print(text)
    print("\nGoals missed:" if Goal.missed else "\nEvery goal is met.", *Goal.missed, sep="\n")
    if whole:
        report.write(HERE / "README.md", "requests", text)
        draw(cells)
        print(f"The tables are in {(HERE / 'README.md').relative_to(ROOT)}.")
    else:
        print("A part of it: the tables in the README stay as they are.")


def measure(
    url: URL, workloads: list[str], contestants: list[str], rounds: int, done: Callable[[], None]
) -> dict[str, dict[str, Cell]]:
    """Return the figures of a database, by workload and contestant."""
    with ExitStack() as stack:
        workers = {name: stack.enter_context(working(name, url)) for name in contestants}
        agreement.check(workers.values(), [WORKLOADS[name] for name in workloads])
        return {
            name: interleaved(
                {key: (worker, WORKLOADS[name]) for key, worker in workers.items()}, rounds, done
            )
            for name in workloads
        }


def measure_extras(url: URL, rounds: int, done: Callable[[], None]) -> dict[str, Cell]:
    """Return the figures of a view without a query, in the starter and in Flask alone."""
    with working(STARTER, url) as starter, working(FLASK, url) as flask:
        turns = {STARTER: (starter, NOTHING), FLASK: (flask, NOTHING)}
        return interleaved(turns, rounds, done)


def shown(cells: tables.Cells, contestants: list[str]) -> list[str]:
    parts = []
    if RAW in contestants:
        parts += ["How many times the raw driver in the same Flask:", tables.to_raw(cells)]
    if LED in contestants:
        title = f"How many times as long {CONTESTANTS[LED].title} takes:"
        parts += [title, tables.lead(cells)]
    if STARTER in contestants:
        parts += ["How many times the starter:", tables.others(cells)]
    return [
        *parts,
        "µs a request, by the clock / of CPU / median round to the best round:",
        tables.times(cells),
    ]


def told(extras: dict[str, Cell]) -> str:
    starter, flask = (extras[name].least * 1e6 for name in (STARTER, FLASK))
    cost = Goal("what the starter adds to a view without a query, µs", starter - flask, "≤", EXTRAS)
    return (
        f"A view without a query takes {starter:.0f} µs in the starter and {flask:.0f} µs in Flask "
        f"alone: request id, scope, headers and log line cost {cost.cell} µs (≤ {EXTRAS})."
    )


def draw(cells: tables.Cells) -> None:
    ratios = {
        f"{workload}\n{place}": {
            CONTESTANTS[name].title: cell.least / found[RAW].least for name, cell in found.items()
        }
        for (workload, place), found in cells.items()
    }
    title = "A request in process: how many times the raw driver in the same Flask"
    report.bars(HERE / "requests.svg", title, "times raw", ratios, log=True)


if __name__ == "__main__":
    main()
