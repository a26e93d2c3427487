"""The call that creates the ``db``: ``SQLAlchemy(metadata=…, model_class=…)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...project import FLASK_SQLALCHEMY, Finding, Source, dotted
from . import subclass
from .extension import IMPORTED_NAMES
from .subclass import Subclass

KNOWN_ARGUMENTS = {
    "app",
    "metadata",
    "session_options",
    "query_class",
    "model_class",
    "engine_options",
    "add_models_to_shell",
    "use_native_unicode",
}


@dataclass
class Constructor:
    """How the ``db`` is created.

    :param options: the source of each argument.
    :param moved: the definitions that the arguments need, by name, in their order.
    :param imports: the imports that those need.
    :param session_class: the ``class_`` in ``session_options``, which is not in ``options``.
    :param subclass: the subclass of the extension that is called, if it is one.
    """

    options: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, ast.expr] = field(default_factory=dict)
    moved: dict[str, ast.stmt] = field(default_factory=dict)
    imports: dict[str, ast.Import | ast.ImportFrom] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    acts: bool = False
    session_class: ast.expr | None = None
    subclass: Subclass | None = None

    def extends(self, node: ast.stmt) -> tuple[str, str] | None:
        """Return the base of a class that is from the extension: its source, and its name there."""
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            said = ast.unparse(base)
            first, *more = said.split(".")
            origin = self.imports.get(first)
            if origin is not None and is_of_extension(origin):
                names = {alias.asname or alias.name: alias.name for alias in origin.names}
                return said, more[-1] if more else names[first]
        return None

    @property
    def renamed(self) -> dict[str, str]:
        """New names for the names of the new module that the project already uses."""
        of_project = self.moved.keys() | {
            name for name, node in self.imports.items() if not is_of_extension(node)
        }
        return {name: f"Plain{name}" for name in sorted({*IMPORTED_NAMES.values()} & of_project)}


def read(path: str, name: str, text: str, tree: ast.Module, taken: frozenset[str]) -> Constructor:
    """Read the call that creates the ``db``, and what it needs from its module.

    :param taken: names that the new module can define.
    """
    settings = Constructor()
    source = Source(text)
    call = _call(tree, name)
    if call is None:
        return settings
    for keyword in call.keywords:
        if keyword.arg not in KNOWN_ARGUMENTS:
            settings.findings.append(
                Finding(
                    path,
                    call.lineno,
                    "extension",
                    (
                        f"The converter does not know SQLAlchemy({keyword.arg or '**'}=…). Remove "
                        "it, convert again, and add what it does to the new db.py."
                    ),
                )
            )
            continue
        value, text = keyword.value, source.text_of(keyword.value)
        if keyword.arg == "session_options":
            settings.session_class, value = _without_class(keyword.value)
            text = text if settings.session_class is None else ast.unparse(value)
        settings.options[keyword.arg] = text
        settings.nodes[keyword.arg] = value
    settings.acts = bool(call.args) or "app" in settings.options or _acts(tree, name)
    wanted: list[ast.AST] = [
        node for key, node in settings.nodes.items() if key not in ("app", "add_models_to_shell")
    ]
    if settings.session_class is not None:
        wanted.append(settings.session_class)
        if ast.unparse(settings.nodes["session_options"]) == "{}":
            del settings.nodes["session_options"], settings.options["session_options"]
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == dotted(call.func):
            settings.subclass = subclass.read(node, taken)
            settings.moved[node.name] = node
            wanted += settings.subclass.methods.values()
    _gather(settings, tree, wanted, name)
    return settings


def _without_class(options: ast.expr) -> tuple[ast.expr | None, ast.expr]:
    """Return the ``class_`` in the options of the session, and the options without it."""
    match options:
        case ast.Dict():
            items = list(zip(options.keys, options.values, strict=True))
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            items = [(ast.Constant(k.arg) if k.arg else None, k.value) for k in keywords]
        case _:
            return None, options
    named = [(key.value if isinstance(key, ast.Constant) else None) for key, _ in items]
    if "class_" not in named:
        return None, options
    at = named.index("class_")
    _, value = items.pop(at)
    rest = ast.Dict([key for key, _ in items], [value for _, value in items])
    return value, rest


def call_of(node: ast.AST) -> ast.Call | None:
    """Return the call of an assignment."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return value if isinstance(value, ast.Call) else None


def _call(tree: ast.Module, name: str) -> ast.Call | None:
    for node in ast.walk(tree):
        call = call_of(node)
        if call is not None and any(
            isinstance(target, ast.Name) and target.id == name for target in targets(node)
        ):
            return call
    return None


def assignment(tree: ast.Module, name: str) -> ast.stmt | None:
    """Return the assignment of a name at the top of a module."""
    for node in tree.body:
        if any(isinstance(target, ast.Name) and target.id == name for target in targets(node)):
            return node
    return None


def targets(node: ast.AST) -> list[ast.expr]:
    """Return the targets of an assignment."""
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _acts(tree: ast.Module, name: str) -> bool:
    """Return whether importing the module calls ``init_app()``."""
    return any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and dotted(node.value.func) == f"{name}.init_app"
        for node in tree.body
    )


def _gather(settings: Constructor, tree: ast.Module, nodes: list[ast.AST], name: str) -> None:
    defined: dict[str, ast.stmt] = {}
    imported: dict[str, ast.Import | ast.ImportFrom] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            defined[node.targets[0].id] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined[node.target.id] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                imported[alias.asname or alias.name.partition(".")[0]] = node
    todo: list[ast.AST] = list(nodes)
    while todo:
        for child in ast.walk(todo.pop()):
            if not isinstance(child, ast.Name) or child.id == name:
                continue
            if child.id in defined and child.id not in settings.moved:
                settings.moved[child.id] = defined[child.id]
                todo.append(defined[child.id])
            elif child.id in imported:
                settings.imports[child.id] = imported[child.id]
    settings.moved = {
        key: settings.moved[key]
        for key in sorted(settings.moved, key=lambda key: settings.moved[key].lineno)
    }


def uses(settings: Constructor, name: str) -> Iterator[tuple[ast.Name, ast.Attribute | None]]:
    """Yield the uses of the ``db`` in moved definitions, with the attribute that is used."""
    for statement in settings.moved.values():
        attributes = {
            id(node.value): node for node in ast.walk(statement) if isinstance(node, ast.Attribute)
        }
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == name:
                yield node, attributes.get(id(node))


def is_of_extension(node: ast.stmt) -> bool:
    """Return whether an import is from Flask-SQLAlchemy."""
    names = (
        [node.module or ""]
        if isinstance(node, ast.ImportFrom) and not node.level
        else [alias.name for alias in node.names]
        if isinstance(node, ast.Import)
        else []
    )
    return any(name.partition(".")[0] == FLASK_SQLALCHEMY for name in names)
