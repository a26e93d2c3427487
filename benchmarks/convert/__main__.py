"""Measures ``hipflask convert``: ``python -m benchmarks.convert [LINES]``."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from hipflask.convert.pipeline import convert
from hipflask.project import read

from .project import write

GOAL_SECONDS = 10.0  # for 100,000 lines on two cores
GOAL_MEGABYTES = 500


def main() -> None:
    """Convert a project that is made for it, and say how long that took, and in how much memory."""
    with tempfile.TemporaryDirectory() as folder:
        lines = write(Path(folder, "project"), int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
        begun = time.perf_counter()
        tree = read(Path(folder, "project"))
        outcome = convert(tree)
        seconds = time.perf_counter() - begun
    peak = [
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    print(f"{lines:,} lines, {len(outcome.changes)} files changed: {seconds:.1f} s", end="; ")
    print(f"{peak[0]:.0f} MB, and {peak[1]:.0f} MB in the largest process beside it.")
    # The goal holds for the whole of it: every process is of the size of the largest.
    sys.exit(seconds > GOAL_SECONDS * lines / 100_000 or sum(peak) > GOAL_MEGABYTES)


if __name__ == "__main__":
    main()
