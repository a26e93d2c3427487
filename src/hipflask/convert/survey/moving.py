"""Moves a class that the ``db`` is made from to the file that makes it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...project import FLASK_SQLALCHEMY, Assigned, Class, Imported, Index, Source, parse
from . import subclass
from .constructor import assignment

Home = tuple[str, str]


def with_class_moved(
    index: Index, python: dict[str, str], home: Home, taken: frozenset[str]
) -> dict[str, str | None]:
    """Move a class that makes the ``db`` to its module, if it needs only what it imports there.

    :param taken: names that the new module can define.
    """
    for value in _classes(index, python, home):
        tree, moved = class_node(value, python)
        overrides = (
            value == class_of(index, home) and subclass.read(moved, taken).overrides is not None
        )
        if not overrides and not obstacles(index, python, home, value):
            return _moved(index, python, home, value, tree, moved)
    return {}


def _classes(index: Index, python: dict[str, str], home: Home) -> Iterator[Class]:
    """Yield the classes of other files that the ``db`` is made from, and the extension's with it."""
    path, name = home
    statement = assignment(parse(python[path]), name)
    for node in ast.walk(statement) if statement is not None else ():
        value = index.lookup(path, node.id) if isinstance(node, ast.Name) else None
        # The file of the class and the new module would import each other.
        if isinstance(value, Class) and FLASK_SQLALCHEMY in python[value.path]:
            yield from [value] if value.path != path else []


def _moved(
    index: Index,
    python: dict[str, str],
    home: Home,
    value: Class,
    tree: ast.Module,
    moved: ast.ClassDef,
) -> dict[str, str | None]:
    path, name = home
    needed = _names_in([moved]) - {value.name}
    kept = _names_in(node for node in tree.body if node is not moved)
    imports = needed & index.modules[value.path].names.keys()
    new = sorted(imports - index.modules[path].names.keys())
    said = [_import(index, value.path, tree, imported) for imported in new]
    source = Source(python[value.path])
    text = source.text_of(moved).replace("\r\n", "\n")
    return {
        path: _with_class(python[path], value.name, name, said, text),
        value.path: _without(source, tree, moved, imports - kept),
    }


def class_of(index: Index, home: Home) -> Class | None:
    """Return the class of the project that makes the ``db``; None if that is the extension's."""
    made = index.modules[home[0]].names[home[1]]
    value = index.evaluate(home[0], made.dotted if isinstance(made, Assigned) else "")
    return value if isinstance(value, Class) else None


def class_node(value: Class, python: dict[str, str]) -> tuple[ast.Module, ast.ClassDef]:
    """Return the definition of a class, and its module."""
    tree = parse(python[value.path])
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return tree, next(node for node in found if node.name == value.name)


def obstacles(index: Index, python: dict[str, str], home: Home, value: Class) -> list[str]:
    """Return why a class cannot be moved to the module that makes the ``db`` of it."""
    tree, moved = class_node(value, python)
    others = sorted(_importers(index, python, value) - {home[0]})
    here, there = index.modules[home[0]].names, index.modules[value.path].names
    imported = here.get(value.name)
    found = [f"{other} uses it too" for other in others]
    if not isinstance(imported, Imported) or (
        index.find(home[0], imported.module, imported.level) != value.path
    ):
        found.append(f"{home[0]} does not import it by its name and from there")
    if value.name in _names_in(node for node in tree.body if node is not moved):
        found.append(f"{value.path} uses it otherwise")
    for name in sorted((_names_in([moved]) & there.keys()) - {value.name}):
        if not isinstance(there[name], Imported):
            found.append(f"it needs {name}")
        elif here.get(name, there[name]) != there[name]:
            found.append(f"{name} is something else in {home[0]}")
    return found


def _importers(index: Index, python: dict[str, str], value: Class) -> set[str]:
    """Return the files that import a class, or reach it through its module."""
    reached = f"{index.module_name(value.path).rpartition('.')[2]}.{value.name}"
    imported = {
        importer
        for importer, top in index.modules.items()
        for module, level, names in top.from_imports
        if {value.name, "*"} & {*names} and index.find(importer, module, level) == value.path
    }
    return imported | {path for path, text in python.items() if reached in text}


def _with_class(text: str, called: str, name: str, imports: list[str], moved: str) -> str:
    """Return the text of the module that makes the ``db``, with the class that it calls."""
    source = Source(text)
    tree = parse(text)
    for node in tree.body:
        names = node.names if isinstance(node, ast.ImportFrom) else []
        if any((alias.asname or alias.name) == called for alias in names):
            kept = [alias for alias in names if (alias.asname or alias.name) != called]
            node.names = kept  # type: ignore[attr-defined]
            rest = [ast.unparse(node)] if kept else []
            source.replace(*source.span(node), "\n".join([*imports, *rest]))
    statement = assignment(tree, name)
    assert statement is not None
    start = source.span(statement)[0]
    source.replace(start, start, f"\n{moved}\n\n\n")
    return source.result()


def _without(source: Source, tree: ast.Module, moved: ast.stmt, unused: set[str]) -> str | None:
    """Return the text of the module that the class leaves; None if nothing is left in it."""
    left = [node for node in tree.body if node is not moved]
    for node in list(left):
        names = node.names if isinstance(node, ast.Import | ast.ImportFrom) else []
        kept = [alias for alias in names if (alias.asname or alias.name) not in unused]
        if names and len(kept) < len(names):
            start, end = source.span(node)
            if kept:
                node.names = kept  # type: ignore[attr-defined]
                source.replace(start, end, ast.unparse(node))
            else:
                left.remove(node)
                source.replace(start, source.line_end(end), "")
    if all(map(_is_idle, left)):
        return None
    start, end = source.span(moved)
    before = len(source.text[:start].rstrip())
    source.replace(before, end, "")
    return source.result()


def _is_idle(node: ast.stmt) -> bool:
    """Return whether a statement does nothing for other modules, as a docstring."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.ImportFrom(module="__future__"):
            return True
    return False


def _import(index: Index, path: str, tree: ast.Module, name: str) -> str:
    """Return the import of a name, which is the same in any other module."""
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                module = ""
            case ast.ImportFrom(module=module, level=level, names=names):
                found = index.find(path, module or "", level) if level else None
                module = index.module_name(found) if found is not None else module
            case _:
                continue
        for alias in names:
            if name == (alias.asname or alias.name.partition(".")[0]):
                said = f"import {ast.unparse(alias)}"
                return f"from {module} {said}" if module else said
    raise ValueError(f"{name} is not imported in {path}")


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that are used, also as strings of ``__all__``."""
    return set(_used(nodes))


def _used(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
