"""Many files at once: a pool of processes where there are enough of them."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Generic, TypeVar

Done = TypeVar("Done")
ENOUGH = 60  # files; below, starting the processes takes longer than the work


def each(
    function: Callable[[tuple[str, str]], Done], sources: Sequence[tuple[str, str]]
) -> Iterator[Done]:
    """Yield what a function makes of each file, in their order.

    :param function: at the top of a module, or a ``partial`` of such a one.
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
    """A function over a share of the files: what it needs is sent once for all of them."""

    def __init__(self, function: Callable[[tuple[str, str]], Done]) -> None:
        self.function = function

    def __call__(self, sources: Sequence[tuple[str, str]]) -> list[Done]:
        return [self.function(source) for source in sources]


def _begin() -> None:
    # Ctrl-C goes to every process of a terminal. The first one hears it, and ends these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A syntax tree is many small objects without a circle: to search them for circles, again and
    # again while the tree grows, takes a third of the time.
    gc.set_threshold(200_000, 20, 100)
