"""The statements of the modules in ``parts/``, from which ``db.py`` is assembled."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ...project import Source
from .deciding import decided


@dataclass
class Piece:
    """A statement at the top of a module of ``parts/``.

    :param text: its source, with the comments above it.
    :param binds: the names that it defines.
    :param owner: the name whose attribute or item it assigns to, if it does that.
    """

    text: str
    binds: frozenset[str]
    owner: str = ""
    is_block: bool = False


def pieces(part: str, features: Set[str]) -> tuple[list[Piece], dict[str, str]]:
    """Return the statements of a module of ``parts/``, and its imports by imported name.

    :param features: what the project needs.
    """
    text = decided(_text(part), features)
    source = Source(text)
    found: list[Piece] = []
    imports: dict[str, str] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.If):  # TYPE_CHECKING
            for child in node.body:
                if isinstance(child, ast.ImportFrom):
                    imports |= {alias.name: _typing_only(child) for alias in child.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports |= _imports(node)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            is_block = isinstance(node, ast.ClassDef | ast.FunctionDef)
            start, end = _start_with_comments(source, node), source.span(node)[1]
            said = source.text[start : source.line_end(end)].rstrip()
            found.append(Piece(said, frozenset(_binds(node)), _owner(node), is_block))
    return found, imports


@cache
def names() -> frozenset[str]:
    """Return every name that a new module can define."""
    modules = (file.name for file in files(f"{__package__}.parts").iterdir())
    return frozenset(
        name
        for module in modules
        if module.endswith(".py")
        for node in ast.walk(ast.parse(_text(module.removesuffix(".py"))))
        if isinstance(node, ast.stmt) and node.col_offset == 0
        for name in _binds(node)
    )


def names_in(text: str) -> set[str]:
    """Return the names that a text mentions."""
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


@cache
def _text(part: str) -> str:
    return files(f"{__package__}.parts").joinpath(f"{part}.py").read_text("utf-8")


def _imports(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {alias.asname or alias.name: f"import {ast.unparse(alias)}" for alias in node.names}
    if node.level or node.module == "__future__":
        return {}
    return {
        alias.asname or alias.name: f"from {node.module} import {ast.unparse(alias)}"
        for alias in node.names
    }


def _typing_only(node: ast.ImportFrom) -> str:
    return f"if TYPE_CHECKING:\n    {ast.unparse(node)}"


def _binds(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                yield target.id


def _owner(node: ast.stmt) -> str:
    target: ast.expr | None = node.targets[0] if isinstance(node, ast.Assign) else None
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _start_with_comments(source: Source, node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    start = source.line_start(source.span(decorators[0] if decorators else node)[0])
    while start:
        above = source.line_start(start - 1)
        if not source.text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
