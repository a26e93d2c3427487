"""Processes many files in parallel."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Generic, TypeVar

Done = TypeVar("Done")
ENOUGH = 60  # files; for fewer, starting the processes takes longer than the work


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
    # Not by a fork: the caller may have threads, such as those of a progress bar.
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=()) as pool:
        share = -(-len(sources) // (workers * 4))
        for results in pool.map(
            Share(function), [sources[i : i + share] for i in range(0, len(sources), share)]
        ):
            yield from results


class Share(Generic[Done]):
    """Calls a function for several files, so that its arguments are pickled once for all."""

    def __init__(self, function: Callable[[tuple[str, str]], Done]) -> None:
        self.function = function

    def __call__(self, sources: Sequence[tuple[str, str]]) -> list[Done]:
        return [self.function(source) for source in sources]


def _begin() -> None:
    # Ctrl-C goes to every process of a terminal. The parent handles it and ends these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A syntax tree has many small objects and no cycles: collecting garbage while it grows takes a
    # third of the time.
    gc.set_threshold(200_000, 20, 100)
