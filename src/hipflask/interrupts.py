"""Signals that end the command: they wait while something must not be cut in two."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any] | int | None
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Let each signal end the command as Ctrl-C does, so that nothing is left behind.

    The first one is heard, and what it ends is cleared up without being disturbed by a second.

    :raises KeyboardInterrupt: one came.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in _heard()}
    try:
        yield
    finally:
        _restore(before)


@contextlib.contextmanager
def held() -> Iterator[list[int]]:
    """Keep signals waiting, so that none comes between two steps; give those that came."""
    came: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, hold) for number in _heard()}
    try:
        yield came
    finally:
        _restore(before)
        for number in came:
            signal.raise_signal(number)


def _heard() -> list[int]:
    if threading.current_thread() is not threading.main_thread():
        return []  # signals come to the main thread alone
    return [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]


def _restore(before: Mapping[int, Handler]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
