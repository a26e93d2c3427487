"""What the starter shall reach, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .databases import POSTGRESQL, SQLITE

# At most so many times what the raw driver takes in the same Flask.
TO_RAW = {
    "page of 3": {SQLITE: 1.3, POSTGRESQL: 1.3},
    "page of 100": {SQLITE: 1.2, POSTGRESQL: 1.2},
    "page of 1000": {SQLITE: 1.1, POSTGRESQL: 1.1},
    "one by id": {SQLITE: 1.3, POSTGRESQL: 1.3},
    "create": {SQLITE: 1.2, POSTGRESQL: 1.2},
}
# At least so many times faster than what people write.
LEAD = {"page of 3": 3, "page of 100": 5, "page of 1000": 10, "one by id": 3, "create": 3}
LED = "flask_sqlalchemy"
EXTRAS = 25  # µs at most: what wrapper, headers and log line cost over Flask alone
GROWTH = 1.1  # times at most, of a page at any number of rows, what it takes at the fewest


# Of an export: rows a second to those of the raw driver, memory, rows a second to all at once.
EXPORT = {"of raw": 0.8, "MB": 5, "times .all()": 20}


@dataclass(frozen=True)
class Goal:
    """A figure beside its goal; those that are missed are remembered.

    :param what: was measured.
    :param sign: on which side of the goal the figure shall be, ≤ or ≥.
    """

    missed: ClassVar[list[str]] = []

    what: str
    figure: float
    sign: str
    goal: float

    @property
    def met(self) -> bool:
        return self.figure <= self.goal if self.sign == "≤" else self.figure >= self.goal

    @property
    def cell(self) -> str:
        """Return it as a cell of a table."""
        shown = f"{self.figure:.2f}"
        if self.met:
            return shown
        self.missed.append(f"{self.what}: {shown}, the goal is {self.sign} {self.goal:g}")
        return f"**{shown}, missed**"
