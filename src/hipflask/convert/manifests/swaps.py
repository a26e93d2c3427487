"""Which requirement replaces which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

RULE = "manifests"
REQUIREMENT = re.compile(
    r"\s*(?:[\w-]+::)?(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?P<extras>\[[^\]]*\])?"
    r"\s*(?P<bound>(?:\(|[=<>!~^@]|\*)[^;#]*)?(?P<marker>;[^#]*)?\Z"
)
# Poetry needs no operator for an exact version.
EXACT = re.compile(r"\s*\(?\s*(?P<operator>={0,3})\s*v?\d[\w.+!-]*\s*\)?\s*\Z")
# Before its fourth version Flask-Migrate was content with old ones, which may be pinned.
OLD_MIGRATE = re.compile(r"\s*flask[-_.]migrate\s*[=~]=\s*[0-3]\b", re.IGNORECASE)
OLD_ALEMBIC = ">=1.4"
# What Flask-SQLAlchemy 3.1 and Flask-Migrate 4 ask for, and what 1.4 must not become by itself.
BOUNDS = {"1.4": ">=1.4.18,<2.0", "2.0": ">=2.0.16"}


@dataclass(frozen=True)
class Swap:
    """A requirement that is removed, and its replacement.

    :param old: the normalized name of the removed distribution.
    :param new: the distribution that replaces it.
    :param bound: its version specifier.
    :param known: the version that the project locks or has installed; empty if unknown.
    """

    old: str
    new: str
    bound: str
    known: str = ""

    def bound_for(self, old: str) -> str:
        """Return the version specifier that replaces another: an exact one stays exact."""
        exact = EXACT.match(old)
        return f"{exact['operator']}{self.known}" if exact and self.known else self.bound


def swaps(
    sqlalchemy: str, staying: Iterable[str] = (), known: Mapping[str, str] = MappingProxyType({})
) -> tuple[Swap, ...]:
    """Return the replacements to make.

    :param sqlalchemy: the generation that the project is on, "1.4" or "2.0".
    :param staying: distributions that the project still imports.
    :param known: the versions of SQLAlchemy and Alembic that it locks or has installed.
    """
    every = (
        Swap("flask-sqlalchemy", "SQLAlchemy", BOUNDS[sqlalchemy], known.get("sqlalchemy", "")),
        Swap("flask-migrate", "alembic", ">=1.9.0", known.get("alembic", "")),
    )
    return tuple(swap for swap in every if swap.old not in staying)


def normalized(name: str) -> str:
    """Normalize a name as PEP 503 specifies."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    """Return the normalized name of a requirement, or an empty string."""
    match = REQUIREMENT.match(requirement)
    return normalized(match["name"]) if match else ""


class Wanted:
    """A list of requirements while it is changed.

    :param known: the normalized names that it has, its includes counted.
    """

    def __init__(self, known: Iterable[str], swaps: Iterable[Swap]) -> None:
        self.known = set(known)
        self.swaps = {swap.old: swap for swap in swaps}

    def swap_for(self, name: str) -> Swap | None:
        """Return the replacement of a distribution, or None."""
        return self.swaps.get(normalized(name))

    def new_name(self, old: str) -> str | None:
        """Return the name that replaces another, or None if the list already has it."""
        swap = self.swaps[normalized(old)]
        if normalized(swap.new) in self.known:
            return None
        self.known.add(normalized(swap.new))
        return swap.new.lower() if old.islower() else swap.new

    def new(self, requirement: str) -> str | None:
        """Return a requirement, its replacement, or None if it is removed."""
        match = REQUIREMENT.match(requirement)
        swap = match and self.swap_for(match["name"])
        if not match or not swap:
            return requirement
        name = self.new_name(match["name"])
        if name is None:
            return None
        bound = swap.bound_for(match["bound"] or "")
        if bound == swap.bound and OLD_MIGRATE.match(requirement):
            bound = OLD_ALEMBIC
        end = requirement[len(requirement.rstrip()) :]
        return f"{name}{bound}{(match['marker'] or '').rstrip()}{end}"
