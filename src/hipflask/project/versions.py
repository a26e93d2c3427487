"""Which versions of Flask-SQLAlchemy and SQLAlchemy a project uses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .files import Tree
from .requirements import EXACT, Pin, pins

OF_3 = re.compile(r"flask_sqlalchemy\.(?:pagination|query|record_queries|session|track_modifi)")
OF_2 = re.compile(
    r"^\s*from flask_sqlalchemy import [^\n]*\b(?:BaseQuery|SignallingSession|get_debug_queries)\b"
    r"|\.create_scoped_session\(",
    re.MULTILINE,
)
OF_SQLALCHEMY_2 = re.compile(r"\b(?:DeclarativeBase|mapped_column|Mapped\[)")


def flask_sqlalchemy_generation(tree: Tree, texts: Iterable[str]) -> int:
    """Return the major version of Flask-SQLAlchemy: 2 or 3."""
    said = pins(tree, r"flask[-_.]sqlalchemy")
    exact = [pin.version[0] for pin in said if pin.operator in EXACT]
    below = [pin.version[0] for pin in said if pin.operator == "<"]
    least = [pin.version[0] for pin in said if pin.operator.startswith(">")]
    everything = list(texts)
    if any(OF_3.search(text) for text in everything):
        return 3
    if any(OF_2.search(text) for text in everything):
        return 2
    for known in (exact, least):
        if known:
            return 3 if max(known) >= 3 else 2
    if below:
        return 2 if min(below) <= 3 else 3
    return 3


def sqlalchemy_generation(tree: Tree, texts: Iterable[str], generation: int) -> str:
    """Return the SQLAlchemy API to write for: "1.3", "1.4" or "2.0"."""
    said = pins(tree, "sqlalchemy")
    if any(OF_SQLALCHEMY_2.search(text) for text in texts):
        return "2.0"
    exact = [pin.version for pin in said if pin.operator in EXACT]
    if exact:
        newest = max(exact)
        return "2.0" if newest[0] >= 2 else "1.4" if newest >= (1, 4) else "1.3"
    if pin_before_1_4(tree) is not None:
        return "1.3"
    if generation == 2:
        return "1.4"  # 2.5 does not work with anything newer
    if any(pin.operator == "<" and pin.version <= (2, 0) for pin in said):
        return "1.4"
    return "2.0"


def sqlalchemy_version(tree: Tree, sqlalchemy: str) -> str:
    """Return the SQLAlchemy version of the project: the API, or a newer version if one is known.

    :param sqlalchemy: the result of `sqlalchemy_generation`.
    """
    exact = [pin.version for pin in pins(tree, "sqlalchemy") if pin.operator in EXACT]
    major, minor = max(exact, default=(0, 0))
    return max(sqlalchemy, f"{major}.{minor}", key=lambda said: [*map(int, said.split("."))])


def pin_before_1_4(tree: Tree) -> Pin | None:
    """Return the pin that keeps the project on SQLAlchemy before 1.4, if there is one."""
    for pin in pins(tree, "sqlalchemy"):
        if pin.operator in EXACT or pin.operator == "<=":
            if pin.version < (1, 4):
                return pin
        elif pin.operator == "<" and pin.version <= (1, 4):
            return pin
    return None
