"""The statements of the modules in ``parts/``, which a ``db.py`` is cut out of."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from ...project import Source


@dataclass
class Piece:
    """A statement at the top of a module of ``parts/``.

    :param text: as it stands there, with the comments above it.
    :param binds: the names that it gives.
    """

    node: ast.stmt
    source: Source
    module: str
    binds: frozenset[str]
    text: str = ""
    uses: set[str] = field(default_factory=set)


@cache
def pieces(module: str) -> tuple[list[Piece], dict[str, str]]:
    """Return the statements of a module of ``parts/``, and its imports by the name that they give."""
    text = files(f"{__package__}.parts").joinpath(f"{module}.py").read_text("utf-8")
    source = Source(text)
    found: list[Piece] = []
    imports: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.If):  # TYPE_CHECKING
            for child in node.body:
                if isinstance(child, ast.ImportFrom):
                    imports |= {alias.name: _typing_only(child) for alias in child.names}
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__"):
                continue
            for alias in node.names:
                name = alias.asname or alias.name
                said = ast.unparse(alias)
                imports[name] = (
                    f"import {said}"
                    if isinstance(node, ast.Import)
                    else f"from {node.module} import {said}"
                )
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            found.append(Piece(node, source, module, frozenset(_binds(node))))
    return found, imports


@cache
def names() -> frozenset[str]:
    """Return every name that a new module may have for itself."""
    modules = (file.name for file in files(f"{__package__}.parts").iterdir())
    return frozenset(
        name
        for module in modules
        if module.endswith(".py")
        for piece in pieces(module.removesuffix(".py"))[0]
        for name in piece.binds
    )


def _typing_only(node: ast.ImportFrom) -> str:
    return f"if TYPE_CHECKING:\n    {ast.unparse(node)}"


def _binds(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                yield target.id
