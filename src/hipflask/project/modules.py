"""The module-level names of a module, read in one fast pass."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FLASK_SQLALCHEMY = "flask_sqlalchemy"


@dataclass(frozen=True)
class Imported:
    """``from module import name``, or ``import module`` if there is no name."""

    module: str
    level: int
    name: str | None


@dataclass(frozen=True)
class Assigned:
    """An alias of a dotted name, or of the result of calling it."""

    dotted: str
    called: bool = False


@dataclass(frozen=True)
class Defined:
    """A function, or a value that is not resolved."""


@dataclass(frozen=True)
class ClassDefined:
    """A class, with what matters for models.

    :param bases: dotted names; empty for a base that is not a name.
    :param tablename: how ``__tablename__`` is defined: no, plain or declared.
    :param names: the names that are bound in its body.
    """

    name: str
    line: int
    bases: tuple[str, ...]
    names: frozenset[str]
    tablename: str = "no"
    abstract: bool = False
    has_table: bool = False
    has_key: bool = False
    bind: bool = False


Bound = Imported | Assigned | ClassDefined | Defined


@dataclass
class TopLevel:
    """The module-level names of a module.

    :param stars: the modules of ``from … import *``, with their level.
    :param error: the line and the message of a syntax error, if there is one.
    :param is_script: whether importing it runs an app or a command.
    """

    path: str
    names: dict[str, Bound] = field(default_factory=dict)
    stars: list[tuple[str, int]] = field(default_factory=list)
    imports: list[tuple[str, int]] = field(default_factory=list)
    error: tuple[int, str] | None = None
    from_imports: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)
    is_script: bool = False


def dotted(node: ast.AST | None) -> str:
    """Return ``a.b.c`` for a chain of names, otherwise an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def is_for_checkers(node: ast.If) -> bool:
    """Return whether a statement is ``if TYPE_CHECKING``."""
    return dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING"


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, also inside ``if``, ``try`` and ``with``."""
    for node in body:
        yield node
        for block in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                yield from statements(getattr(node, block, []))
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from statements(handler.body)


# Also inside functions. A pattern, because walking through every function takes ten times as long.
FROM_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]*(?:\(([^)]*)\)|([^\n#]*))", re.MULTILINE
)
IMPORTED_NAME = re.compile(r"(\*|\w+)(?:\s+as\s+\w+)?\s*(?:,|$|#.*$)", re.MULTILINE)


def read(path: str, tree: ast.Module, text: str) -> TopLevel:
    """Read the module-level names of a module."""
    top = TopLevel(path, is_script=any(map(runs_something, tree.body)))
    for dots, module, block, line in FROM_IMPORT.findall(text):
        names = tuple(IMPORTED_NAME.findall(block or line))
        top.from_imports.append((module, len(dots), names))
    for_checkers: set[int] = set()
    for node in statements(tree.body):
        if isinstance(node, ast.If) and is_for_checkers(node):
            for_checkers.update(map(id, statements(node.body)))
        # What only a type checker reads does not replace what runs.
        kept = dict(top.names) if id(node) in for_checkers else {}
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            top.imports.append((module, node.level))
            for alias in node.names:
                if alias.name == "*":
                    top.stars.append((module, node.level))
                else:
                    top.names[alias.asname or alias.name] = Imported(module, node.level, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top.imports.append((alias.name, 0))
                if alias.asname:
                    top.names[alias.asname] = Imported(alias.name, 0, None)
                else:
                    first = alias.name.partition(".")[0]
                    top.names[first] = Imported(first, 0, None)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and node.value is not None:
                    top.names[target.id] = assigned(node.value)
        elif isinstance(node, ast.ClassDef):
            top.names[node.name] = read_class(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            top.names[node.name] = Defined()
        top.names.update(kept)
    return top


def runs_something(node: ast.stmt) -> bool:
    """Return whether a statement is ``app.run()``, ``main()`` or the like."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func).rpartition(".")[2] in ("run", "main", "cli", "serve_forever")
    )


def assigned(value: ast.expr) -> Bound:
    if isinstance(value, ast.Call) and (name := dotted(value.func)):
        return Assigned(name, called=True)
    if name := dotted(value):
        return Assigned(name)
    return Defined()


def read_class(node: ast.ClassDef) -> ClassDefined:
    """Read the table-related definitions of a class."""
    names: set[str] = set()
    tablename = "no"
    abstract = has_table = has_key = bind = False
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(statement.name)
            decorators = {dotted(d).rpartition(".")[2] for d in statement.decorator_list}
            if statement.name == "__tablename__":
                tablename = "declared" if decorators & {"declared_attr", "directive"} else "plain"
            if "declared_attr" in decorators and marks_key(statement):
                has_key = True
        elif isinstance(statement, ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if not isinstance(target, ast.Name):
                    continue
                names.add(target.id)
                value = statement.value
                if target.id == "__tablename__" and value is not None:
                    tablename = (
                        "declared"
                        if isinstance(value, ast.Call)
                        and dotted(value.func).endswith("declared_attr")
                        else "plain"
                    )
                elif target.id == "__abstract__":
                    abstract = isinstance(value, ast.Constant) and bool(value.value)
                elif target.id == "__table__":
                    has_table = True
                elif target.id == "__bind_key__":
                    bind = True
            if marks_key(statement):
                has_key = True
    return ClassDefined(
        node.name,
        node.lineno,
        tuple(dotted(base) for base in node.bases),
        frozenset(names),
        tablename,
        abstract,
        has_table,
        has_key,
        bind,
    )


def marks_key(node: ast.AST) -> bool:
    """Return whether a statement defines a primary key."""
    for child in ast.walk(node):
        if isinstance(child, ast.keyword) and child.arg == "primary_key":
            return not (isinstance(child.value, ast.Constant) and not child.value.value)
        if isinstance(child, ast.Name | ast.Attribute) and dotted(child).endswith(
            "PrimaryKeyConstraint"
        ):
            return True
    return False
