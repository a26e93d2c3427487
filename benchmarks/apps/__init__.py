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
    """A way to tie SQLAlchemy to Flask.

    :param name: of its module here.
    :param title: for the reader.
    :param letter: by which the text calls it.
    :param distribution: whose version is shown with it.
    :param job: what its documentation puts around a job on a thread, as it is written.
    """

    name: str
    title: str
    letter: str | None = None
    distribution: str | None = None
    job: str = "with app.app_context():"

    @property
    def versioned(self) -> str:
        return f"{self.title} {version(self.distribution)}" if self.distribution else self.title

    @property
    def heading(self) -> str:
        return f"{self.letter}: {self.versioned}" if self.letter else self.versioned

    @property
    def integration(self) -> Integration:
        """The integration; not loaded before it is asked for, because one row has no Flask."""
        module = import_module(f".{self.name}", __name__)
        return cast("Integration", module.INTEGRATION)


APPS = {
    app.name: app
    for app in (
        App("starter", "the starter", job="with scope():"),
        App("seed", "the seed's wiring", "A"),
        App("flask_sqlalchemy", "Flask-SQLAlchemy", "B", "flask-sqlalchemy"),
        App("flask_sqlalchemy_lite", "Flask-SQLAlchemy-Lite", "C", "flask-sqlalchemy-lite"),
        App("alchemical", "Alchemical", "D", "alchemical"),
        App("advanced_alchemy", "Advanced Alchemy", "E", "advanced-alchemy"),
    )
}
