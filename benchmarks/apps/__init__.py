"""The apps that are measured, each wired as its own documentation recommends."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ..integration import Integration


@dataclass(frozen=True)
class App:
    """A column of the table.

    :param name: of its module here.
    :param title: for the reader.
    :param distribution: whose version is shown with it.
    """

    name: str
    title: str
    distribution: str | None = None

    @property
    def heading(self) -> str:
        return f"{self.title} {version(self.distribution)}" if self.distribution else self.title

    @property
    def integration(self) -> Integration:
        """The integration; not loaded before it is asked for, because one row has no Flask."""
        module = import_module(f".{self.name}", __name__)
        return cast("Integration", module.INTEGRATION)


APPS = {
    app.name: app
    for app in (
        App("starter", "the starter"),
        App("seed", "A: the seed's wiring"),
        App("flask_sqlalchemy", "B: Flask-SQLAlchemy", "flask-sqlalchemy"),
        App("flask_sqlalchemy_lite", "C: Flask-SQLAlchemy-Lite", "flask-sqlalchemy-lite"),
        App("alchemical", "D: Alchemical", "alchemical"),
        App("advanced_alchemy", "E: Advanced Alchemy", "advanced-alchemy"),
    )
}
