"""The contestants' processes, of which one works at a time, in turns."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, TypeVar

from running import clean
from sqlalchemy import URL

from .. import ROOT
from . import worker
from .workloads import Workload

# Seconds of one turn: the shorter it is, the more of them nobody else interrupts.
SLICE = 0.01
LEAST = 5  # requests in it


K = TypeVar("K")  # what a turn is called by


@dataclass
class Cell:
    """What one workload takes with one contestant.

    :param wall: seconds a request, of each round.
    :param cpu: seconds of the contestant's own process.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def least(self) -> float:
        """The best round: what else the machine did in the others is not the contestant's."""
        return min(self.wall)

    @property
    def spread(self) -> float:
        return median(self.wall) / self.least


@dataclass
class Worker:
    """A contestant in its process.

    :param process: which answers each line with a line.
    """

    name: str
    process: subprocess.Popen[str]

    def tell(self, verb: str, workload: Workload, **more: int) -> Any:
        """Let it work, and return what it answers.

        :raises SystemExit: it could not.
        """
        assert self.process.stdin
        assert self.process.stdout
        told = {"verb": verb, "workload": asdict(workload), **more}
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{json.dumps(told)}\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        result = json.loads(answer) if answer else {"failed": "its process has ended"}
        if failed := result.get("failed"):
            sys.exit(f"{self.name} fails at {workload.title!r}: {failed}")
        return result


@contextmanager
def working(contestant: str, url: URL) -> Iterator[Worker]:
    """Have a process with a contestant on a database."""
    environment = {"SQLALCHEMY_URL": url.render_as_string(hide_password=False)}
    with subprocess.Popen(
        [sys.executable, "-m", worker.__name__, contestant],
        cwd=ROOT,
        env=clean(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where the lines of the log go, alike for all
        text=True,
    ) as process:
        yield Worker(contestant, process)  # it ends with its input


Turn = tuple[Worker, Workload]


def interleaved(turns: Mapping[K, Turn], rounds: int, done: Callable[[], None]) -> dict[K, Cell]:
    """Measure in rounds, in each of which everyone has a turn, so that noise meets all alike.

    :param turns: whose, at what.
    :param done: called after each turn.
    """
    cells = {key: Cell() for key in turns}
    times = {
        key: max(LEAST, round(SLICE / asked.tell("warm", workload)["seconds"]))
        for key, (asked, workload) in turns.items()
    }
    for _ in range(rounds):
        for key, (asked, workload) in turns.items():
            result = asked.tell("run", workload, times=times[key])
            cells[key].wall.append(result["wall"] / times[key])
            cells[key].cpu.append(result["cpu"] / times[key])
            done()
    return cells
