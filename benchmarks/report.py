"""What the commands show: progress, a table between two marks of a README, pictures beside it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

# What was not measured anew shall not differ: no random ids, and below no date.
mpl.rcParams["svg.hashsalt"] = "benchmarks"
mpl.rcParams["svg.fonttype"] = "none"  # a tenth of the size of drawn letters, and found by a search
WIDTH = 10  # inches, which fit a README
ABREAST = 40  # bars
LEGEND = 130  # letters side by side
FREE = 0.2  # between two groups of bars, where a group and what is free are 1


def progress() -> Progress:
    """Return a progress bar, which is shown on a terminal only."""
    return Progress(
        *Progress.get_default_columns()[:2],
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        disable=not sys.stdout.isatty(),
    )


def machine(*distributions: str) -> str:
    """Say on what, and with what, it was measured; no name of a host, no path.

    :param distributions: whose versions are named.
    """
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    parts = [
        f"{date.today():%Y-%m-%d}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in distributions),
        cpu[1] if cpu else platform.machine(),
        f"{os.cpu_count()} cores",
    ]
    return ", ".join(parts)


def write(readme: Path, name: str, text: str) -> None:
    """Put a text between the two marks of a README that have its name.

    :raises ValueError: the README does not have them.
    """
    begin, end = f"<!-- {name}: written by the command -->", f"<!-- end of {name} -->"
    before, begun, rest = readme.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"{readme.name} has no place for it: {begin} and {end}")
    readme.write_text(f"{before}{begin}\n{text}\n\n{end}{after}")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, of cells that are Markdown themselves."""
    lines = [columns, ["---"] * len(columns), *rows]
    # Only what would end a cell is escaped.
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def bars(
    path: Path,
    title: str,
    unit: str,
    groups: Mapping[str, Mapping[str, float]],
    *,
    log: bool = False,
) -> None:
    """Draw bars in groups, each with its value above it.

    :param path: of the SVG.
    :param unit: of the values.
    :param groups: by the name below it, each group's values by the name of their series.
    :param log: the values differ too much for an axis that begins at 0.
    """
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    abreast = max(1, ABREAST // len(names))
    placed = list(groups.items())
    rows = [placed[first : first + abreast] for first in range(0, len(placed), abreast)]
    figure = Figure(figsize=(WIDTH, 3 * len(rows) + 1), layout="constrained")
    width = (1 - FREE) / len(names)
    panels = figure.subplots(len(rows), sharey=True, squeeze=False).flat
    for axes, row in zip(panels, rows, strict=True):
        for number, name in enumerate(names):
            left = width * (number + 0.5) - (1 - FREE) / 2
            places = [place + left for place, (_, group) in enumerate(row) if name in group]
            values = [group[name] for _, group in row if name in group]
            drawn = axes.bar(places, values, width, label=name, color=f"C{number}")
            axes.bar_label(drawn, [figures(value) for value in values], fontsize=6)
        axes.set_xticks(range(len(row)), [below for below, _ in row])
        axes.set_yscale("log" if log else "linear")
        _finish(axes, unit, log)
    _save(figure, path, title)


def lines(
    path: Path,
    title: str,
    xlabel: str,
    ylabel: str,
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    log: bool = True,
) -> None:
    """Draw lines through points.

    :param path: of the SVG.
    :param series: the points of each line, by its name.
    :param log: both axes are logarithmic.
    """
    figure = Figure(figsize=(WIDTH, 5), layout="constrained")
    axes = figure.subplots()
    for name, points in series.items():
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=name)
    axes.set_xlabel(xlabel)
    axes.set_xscale("log" if log else "linear")
    axes.set_yscale("log" if log else "linear")
    _finish(axes, ylabel, log)
    _save(figure, path, title)


def figures(value: float) -> str:
    """Return a value with three figures, or all that are before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _finish(axes: Axes, unit: str, log: bool) -> None:
    axes.set_ylabel(unit)
    axes.grid(axis="y", which="major", alpha=0.3)
    axes.set_axisbelow(True)
    if log:
        axes.yaxis.set_major_formatter("{x:g}")


def _save(figure: Figure, path: Path, title: str) -> None:
    figure.suptitle(title)
    # Once, and beside the axes, where it covers nothing.
    handles, labels = figure.axes[0].get_legend_handles_labels()
    columns = LEGEND // max(map(len, labels))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)
    # On white, so that it can be read on a dark page, too.
    drawn = StringIO()
    figure.savefig(drawn, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    # Lines of it end in spaces, which no file here has.
    path.write_text("".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines()))
