"""What a name or an expression stands for, as far as the converter has to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Database:
    """The object that ``SQLAlchemy()`` made."""


@dataclass(frozen=True)
class DatabaseAttribute:
    """What was reached from that object, such as ``db.session``, also by another name."""

    name: str


@dataclass(frozen=True)
class Module:
    """A module of the project, by its file."""

    path: str


@dataclass(frozen=True)
class Class:
    """A class of the project, at the top of a module."""

    path: str
    name: str


@dataclass(frozen=True)
class External:
    """What comes from outside of the project, by its dotted name."""

    name: str


Value = Database | DatabaseAttribute | Module | Class | External | None
