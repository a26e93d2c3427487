"""The rows of the matrix, and what comes out of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

Scenario = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a scenario came to.

    :param ok: it is as it must be.
    :param shown: what stands in the table.
    """

    ok: bool
    shown: str = "ok"


def count(*failures: tuple[int, str]) -> Outcome:
    """Return ok where each number is 0, else those that are not, with what they count."""
    shown = " / ".join(f"{number} {what}" for number, what in failures if number)
    return Outcome(False, shown) if shown else Outcome(True)


@dataclass(frozen=True)
class Row:
    """A scenario.

    :param title: what happens.
    :param must_be: what shall come of it.
    :param run: does it with an app; never raises.
    """

    title: str
    must_be: str
    run: Scenario


class Rows(dict[str, Row]):
    """Rows by their number; each is registered where its function is defined."""

    def add(self, number: str, title: str, must_be: str) -> Callable[[Scenario], None]:
        """Register a function as a row."""

        def register(function: Scenario) -> None:
            @wraps(function)
            def run(*args: object) -> Outcome:
                try:
                    return function(*args)
                except Exception as error:
                    said = (str(error).strip() or "no message").splitlines()[-1][:80]
                    return Outcome(False, f"not run: {type(error).__name__}: {said}")

            self[number] = Row(title, must_be, run)

        return register
