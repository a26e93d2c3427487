"""Processes many files in parallel."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import Any, TypeVar

from .. import interrupts

Done = TypeVar("Done")
ENOUGH = 60  # files; for fewer, starting the processes takes longer than the work
SHARES = 4  # for each process, so that all of them end at about the same time


def map_files(
    function: Callable[[tuple[str, str]], Done], sources: Sequence[tuple[str, str]]
) -> Iterator[Done]:
    """Call a function for each file, and yield the results in order.

    :param function: a module-level function or a ``partial`` of one, so that it can be pickled.
    :param sources: paths and texts.
    """
    workers = min(os.cpu_count() or 1, 8)
    if len(sources) < ENOUGH or workers == 1:
        yield from map(function, sources)
        return
    size = -(-len(sources) // (workers * SHARES))
    shares = [sources[start : start + size] for start in range(0, len(sources), size)]
    for results in _map_shares(function, shares, workers):
        yield from results


def _map_shares(
    function: Callable[[tuple[str, str]], Done],
    shares: Sequence[Sequence[tuple[str, str]]],
    workers: int,
) -> Iterator[list[Done]]:
    # Not a ProcessPoolExecutor: its threads and locks hang if Ctrl-C comes at the wrong moment.
    # Not by a fork: the caller may have threads, such as those of a progress bar.
    context: ForkServerContext | SpawnContext = (
        get_context("forkserver") if os.name == "posix" else get_context("spawn")
    )
    pipes = [context.Pipe() for _ in range(min(workers, len(shares)))]
    processes = [
        context.Process(target=_work, args=(theirs, function), daemon=True) for _, theirs in pipes
    ]
    working: dict[Connection, int] = {}
    done: dict[int, list[Done]] = {}
    given = given_back = 0
    resource_tracker.ensure_running()  # which unblocks signals
    try:
        with interrupts.blocked():  # in the new processes for good: this one ends them
            for process in processes:
                process.start()
        for ours, theirs in pipes:
            theirs.close()
            ours.send(shares[given])
            working[ours] = given
            given += 1
        while given_back < len(shares):
            for ready in wait(list(working)):
                assert isinstance(ready, Connection)
                result = _received(ready)
                if isinstance(result, Exception):
                    raise result
                done[working.pop(ready)] = result
                if given < len(shares):
                    ready.send(shares[given])
                    working[ready] = given
                    given += 1
            while given_back in done:
                yield done.pop(given_back)
                given_back += 1
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()
                process.join()


def _received(connection: Connection) -> Any:
    try:
        return connection.recv()
    except (EOFError, ConnectionError):
        raise ChildProcessError(
            "A process that read files was killed. Is there enough memory?"
        ) from None


def _work(connection: Connection, function: Callable[[tuple[str, str]], Done]) -> None:
    """Call a function for the files of each share that arrives, and send the results back."""
    # A syntax tree has many small objects and no cycles: collecting garbage while it grows takes a
    # third of the time.
    gc.set_threshold(200_000, 20, 100)
    with contextlib.suppress(EOFError, OSError):  # the caller has ended
        while True:
            share = connection.recv()
            try:
                result = [function(source) for source in share]
            except Exception as error:  # the caller raises it
                connection.send(error)
            else:
                connection.send(result)
