"""What a name or an expression refers to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Database:
    """The object that ``SQLAlchemy()`` created."""


@dataclass(frozen=True)
class DatabaseAttribute:
    """An attribute of that object, such as ``db.session``, or an alias of one."""

    name: str


@dataclass(frozen=True)
class Module:
    """A module of the project, by its file."""

    path: str


@dataclass(frozen=True)
class Class:
    """A class of the project, at module level."""

    path: str
    name: str


@dataclass(frozen=True)
class External:
    """A name from outside the project, by its dotted name."""

    name: str


Value = Database | DatabaseAttribute | Module | Class | External | None
