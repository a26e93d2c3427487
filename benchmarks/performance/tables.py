"""The figures of the requests as tables."""

from __future__ import annotations

from statistics import median

from .. import report
from .contestants import CONTESTANTS, OWN, RAW, STARTER
from .goals import LEAD, LED, TO_RAW, Goal
from .workers import Cell

Place = tuple[str, str]  # a workload, on a database
Cells = dict[Place, dict[str, Cell]]  # by contestant


def times(cells: Cells) -> str:
    """Return what each takes: wall and CPU µs a request, and the median round to the best."""
    rows = []
    for (workload, database), found in cells.items():
        shown = [
            f"{cell.least * 1e6:.0f} / {min(cell.cpu) * 1e6:.0f} / {cell.spread:.2f}"
            for cell in found.values()
        ]
        rows.append([database, workload, *shown])
    return report.table(["database", "workload", *titles(cells)], rows)


def noise(cells: Cells) -> str:
    """Return how far the rounds are apart, without which no ratio can be judged."""
    spreads = sorted(cell.spread for found in cells.values() for cell in found.values())
    return (
        f"The median round took {median(spreads):.2f} times the best in half of the cells, "
        f"{spreads[-1]:.2f} times in the worst."
    )


def to_raw(cells: Cells) -> str:
    """Return how many times what the raw driver takes each one takes."""
    rows = []
    for (workload, database), found in cells.items():
        goal = TO_RAW[workload][database]
        shown = {name: f"{cell.least / found[RAW].least:.2f}" for name, cell in found.items()}
        for own in filter(found.__contains__, OWN):
            figure = found[own].least / found[RAW].least
            what = f"{database}, {workload}, {CONTESTANTS[own].title} to raw"
            shown[own] = Goal(what, figure, "≤", goal).cell
        del shown[RAW]
        rows.append([database, workload, f"≤ {goal:g}", *shown.values()])
    columns = ["database", "workload", "goal", *titles(cells, but=RAW)]
    return report.table(columns, rows)


def others(cells: Cells) -> str:
    """Return how many times what the starter takes each of the others takes."""
    rows = []
    for (workload, database), found in cells.items():
        ratios = [
            f"{cell.least / found[STARTER].least:.2f}"
            for name, cell in found.items()
            if name != STARTER
        ]
        rows.append([database, workload, *ratios])
    return report.table(["database", "workload", *titles(cells, but=STARTER)], rows)


def lead(cells: Cells) -> str:
    """Return how many times what the starter takes, by each of its ways, people's usual way takes."""
    rows = []
    own = [name for name in next(iter(cells.values())) if name in OWN]
    for (workload, database), found in cells.items():
        goal = LEAD[workload]
        shown = []
        for name in own:
            figure = found[LED].least / found[name].least
            led, title = CONTESTANTS[LED].title, CONTESTANTS[name].title
            what = f"{database}, {workload}, lead of {title} over {led}"
            shown.append(Goal(what, figure, "≥", goal).cell)
        rows.append([database, workload, f"≥ {goal}", *shown])
    columns = ["database", "workload", "goal", *(CONTESTANTS[name].title for name in own)]
    return report.table(columns, rows)


def titles(cells: Cells, but: str | None = None) -> list[str]:
    names = next(iter(cells.values()))
    return [CONTESTANTS[name].title for name in names if name != but]
