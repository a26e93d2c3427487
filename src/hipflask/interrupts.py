"""Handles the signals that end a command, and defers them where it must not be interrupted."""

from __future__ import annotations

import contextlib
import os
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
def as_keyboard_interrupt() -> Iterator[None]:
    """Turn each signal into KeyboardInterrupt, so that the command cleans up.

    Further signals are ignored, so that they do not interrupt the cleanup.

    :raises KeyboardInterrupt: a signal arrived.
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
def deferred() -> Iterator[list[int]]:
    """Defer signals until the block ends; yield the list of those that arrived."""
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


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Block signals until the block ends, in every process that is started in it for good."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process in one line if a signal arrives: nothing has begun yet."""

    def end(_number: int, _frame: FrameType | None) -> None:
        os.write(2, b"hipflask: interrupted; nothing was written.\n")
        os._exit(2)

    before = {number: signal.signal(number, end) for number in _heard()}
    try:
        yield
    finally:
        _restore(before)


def ignore() -> None:
    """Ignore signals: the work is done, and the process ends."""
    for number in _heard():
        signal.signal(number, signal.SIG_IGN)


def _heard() -> list[int]:
    if threading.current_thread() is not threading.main_thread():
        return []  # only the main thread receives signals
    return [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]


def _restore(before: Mapping[int, Handler]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
