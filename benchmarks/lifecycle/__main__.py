"""Run the matrix and write its table into the README."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import servers
from running import clean
from sqlalchemy import URL

from .. import ROOT, report
from ..apps import APPS, App
from . import in_process, on_servers
from .matrix import Outcome
from .on_servers import Place

README = Path(__file__).parent / "README.md"
# The one that each app finds; who makes the tables is not part of the matrix.
TABLE = "CREATE TABLE messages (id bigserial PRIMARY KEY, message text NOT NULL)"
ROWS = in_process.ROWS | on_servers.ROWS
NUMBERS = sorted(ROWS, key=lambda number: (int(number.strip("abcd")), number))
MORE_REQUESTS = 10_000
VERSIONS = ("Flask", "SQLAlchemy", "psycopg", "gunicorn", "gevent")


@contextmanager
def database(server: servers.Server, folder: Path) -> Iterator[Place]:
    """Have a database of its own, with the table."""
    with servers.database(server.url) as url:
        place = Place(server, url, folder)
        place.ask(TABLE)
        yield place


def run(number: str, app: App, server: servers.Server, folder: Path) -> Outcome:
    """Run one scenario with one app."""
    with database(server, folder) as place:
        if number in on_servers.ROWS:
            return on_servers.ROWS[number].run(app, place)
        with database(server, folder) as other:
            return run_in_process(number, app, place.url, other.url)


def run_in_process(
    number: str, app: App, url: URL, other: URL, *more: str, seconds: float = 60
) -> Outcome:
    environment = {
        "SQLALCHEMY_URL": url.render_as_string(hide_password=False),
        "OTHER_URL": other.render_as_string(hide_password=False),
    }
    command = [sys.executable, "-m", in_process.__name__, app.name, number, *more]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=clean(environment),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return Outcome(False, f"> {seconds:.0f} s")
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        return Outcome(False, f"not run: {last[0][:80]}")
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def run_longer(place: Place) -> str:
    """Return what comes of row 18 in the starter with many more requests."""
    more = str(MORE_REQUESTS)
    outcome = run_in_process("18", APPS["starter"], place.url, place.url, more, seconds=900)
    return f"Row 18 with {MORE_REQUESTS:,} requests, the starter: {outcome.shown}."


def table(outcomes: dict[tuple[str, str], Outcome], postgresql: str, seconds: float) -> str:
    columns = ["#", "scenario", "must be", *(app.heading for app in APPS.values())]
    lines = []
    for number in NUMBERS:
        cells = [outcomes[number, name] for name in APPS]
        shown = [cell.shown if cell.ok else f"**{cell.shown}**" for cell in cells]
        lines.append([number, ROWS[number].title, ROWS[number].must_be, *shown])
    measured = (
        f"Measured {report.machine(*VERSIONS)}; PostgreSQL {postgresql}; "
        f"{seconds / 60:.0f} minutes in all."
    )
    return f"{measured}\n\n{report.table(columns, lines)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lifecycle", description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=NUMBERS, default=NUMBERS, metavar="ROW")
    parser.add_argument("--apps", nargs="+", choices=APPS, default=list(APPS), metavar="APP")
    chosen = parser.parse_args()
    whole = (chosen.rows, chosen.apps) == (NUMBERS, list(APPS))
    began = monotonic()
    outcomes: dict[tuple[str, str], Outcome] = {}
    with (
        TemporaryDirectory() as folder,
        servers.postgresql(Path(folder)) as server,
        report.progress() as progress,
    ):
        place = Place(server, server.url, Path(folder))
        place.ask("ALTER SYSTEM SET max_connections = 200")  # what leaks shall be counted
        server.stop()
        server.start()
        postgresql = str(place.ask("SHOW server_version")[0])
        total = len(chosen.rows) * len(chosen.apps)
        for step in progress.track(range(total), description="scenarios"):
            number = chosen.rows[step // len(chosen.apps)]
            name = chosen.apps[step % len(chosen.apps)]
            outcome = outcomes[number, name] = run(number, APPS[name], server, Path(folder))
            print(f"{number}\t{name}\t{outcome.shown}", flush=True)
        longer = run_longer(place) if whole else ""
    if whole:
        text = table(outcomes, postgresql, monotonic() - began)
        report.write(README, "table", f"{text}\n\n{longer}")
        print(f"The table is in {README.relative_to(ROOT)}.")
    else:
        print("A part of the matrix: the table in the README stays as it is.")


if __name__ == "__main__":
    main()
