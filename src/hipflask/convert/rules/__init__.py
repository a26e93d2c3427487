"""The rules, each in a file of its own, registered by being there.

A rule has ``NODES``, the kinds of ``ast`` nodes that it wants to see, and ``rewrite(use, file)``,
which is called for each of them in each file. All rules work in one visit, and see the file as it
was read.
"""

from __future__ import annotations

import ast
import pkgutil
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from ..rewriting import File
from ..scopes import Use


class Rule(Protocol):
    """A module of this folder."""

    NODES: tuple[type[ast.AST], ...]

    def rewrite(self, use: Use, file: File) -> None:
        """Rewrite one place, or leave it to a person."""


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its name, which is that of its file."""
    return {
        module.name: cast(Rule, import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
    }
