"""The statements of the modules in ``parts/``, from which ``db.py`` is assembled."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from ...project import Source

# Selects statements in `parts/` by the version of Flask-SQLAlchemy. If more than a few statements or a
# signature differ, there are two modules.
SWITCH = "FLASK_SQLALCHEMY_2"


@dataclass
class Piece:
    """A statement at the top of a module of ``parts/``.

    :param text: its source, with the comments above it.
    :param binds: the names that it defines.
    """

    node: ast.stmt
    source: Source
    module: str
    binds: frozenset[str]
    text: str = ""
    uses: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Part:
    """A module of ``parts/``.

    :param two: take the variant for Flask-SQLAlchemy 2 where the module has two.
    """

    name: str
    two: bool = False


@cache
def pieces(part: Part) -> tuple[list[Piece], dict[str, str]]:
    """Return the statements of a module of ``parts/``, and its imports by imported name."""
    text = files(f"{__package__}.parts").joinpath(f"{part.name}.py").read_text("utf-8")
    text = resolved(text, part.two)
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
            found.append(Piece(node, source, part.name, frozenset(_binds(node))))
    return found, imports


@cache
def names() -> frozenset[str]:
    """Return every name that a new module can define."""
    modules = (file.name for file in files(f"{__package__}.parts").iterdir())
    return frozenset(
        name
        for module in modules
        if module.endswith(".py")
        for two in (True, False)
        for piece in pieces(Part(module.removesuffix(".py"), two))[0]
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


def resolved(text: str, two: bool) -> str:
    """Replace each ``if FLASK_SQLALCHEMY_2`` by the branch that applies."""
    source = Source(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith(SWITCH):
            is_body = two is (ast.unparse(node.test) == SWITCH)
            first = source.line_end(source.span(node.test)[1])
            last = source.line_end(source.span(node)[1])
            if node.orelse:
                indent = source.indentation(source.span(node)[0])
                begin = source.span(node.body[-1])[1]
                other = text.index(f"\n{indent}else:", begin) + 1
                first, last = (first, other) if is_body else (source.line_end(other), last)
            elif not is_body:
                last = first
            lines = [line.removeprefix("    ") for line in text[first:last].splitlines(True)]
            start, end = source.line_start(source.span(node)[0]), source.span(node)[1]
            source.replace(start, source.line_end(end), "".join(lines))
    return source.result()
