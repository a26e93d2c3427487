"""What the project's own functions and objects ask of the ``db`` that they are given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...project import dotted
from .extension import DB_FUNCTIONS

# What the new module can answer to one by one.
NAMED = {"session", "Model", "metadata", "engine"}
# What a receiver that nobody can follow is most likely to ask for, if the project asks at all.
OF_TABLES = ("create_all", "drop_all", "reflect")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Names = frozenset[str]


@dataclass(frozen=True)
class Receivers:
    """The names of attributes that are asked of the ``db``, or None where it is passed on.

    :param functions: by the name of a function, or of the class that ``__init__`` makes.
    :param attributes: by the name of an attribute to which the ``db`` is assigned.
    :param anywhere: what is asked of anything for its tables.
    """

    functions: dict[str, Names | None] = field(default_factory=dict)
    attributes: dict[str, Names | None] = field(default_factory=dict)
    anywhere: Names = frozenset()


def read(texts: Iterable[str], name: str) -> Receivers:
    """Return what functions with a parameter for the ``db`` ask of it, and those who reach it.

    :param name: what the ``db`` is called; a parameter has this name, or says ``db``.
    """
    everything = list(texts)
    parameters = {name, "db", "database"}
    takes = re.compile(rf"\bdef\s+\w+\s*\([^)]*\b(?:{'|'.join(map(re.escape, parameters))})\b")
    functions: dict[str, list[tuple[Names, set[str]] | None]] = {}
    for text in everything:
        for called, node in _functions(text) if takes.search(text) else ():
            for argument in (*node.args.args, *node.args.kwonlyargs):
                if argument.arg in parameters:
                    functions.setdefault(called, []).append(_asked(node, argument.arg))
    anywhere = (each for each in OF_TABLES if any(f".{each}(" in text for text in everything))
    found = Receivers(_followed(functions), anywhere=frozenset(anywhere))
    # Also in the body of a class: `class Case: db = db`.
    assigned = re.compile(rf"(?:\.|^[ \t]+)(\w+)\s*=\s*{re.escape(name)}\s*$", re.MULTILINE)
    attributes = {each for text in everything for each in assigned.findall(text)}
    for text in everything:
        here = [attribute for attribute in attributes if f".{attribute}" in text]
        tree = _parsed(text) if here else None
        for attribute in here:
            asked = _asked_of_attribute(tree, text, attribute, found) if tree else None
            _add(found.attributes, attribute, asked)
    return found


def features_of(names: Iterable[str] | None) -> set[str]:
    """Return what the new module needs for code that asks the ``db`` for names.

    :param names: None stands for any name.
    """
    if names is None:
        return {"__getattr__"}
    features: set[str] = set()
    for name in names:
        if name in DB_FUNCTIONS:
            features.add(name)
        else:
            features.add(f"db.{name}" if name in NAMED else "__getattr__")
    return features


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _functions(text: str) -> Iterable[tuple[str, Function]]:
    """Yield the functions of a text, by the name under which they are called."""
    tree = _parsed(text)
    for node in ast.walk(tree) if tree else ():
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                is_maker = isinstance(node, ast.ClassDef) and child.name == "__init__"
                yield getattr(node, "name", "") if is_maker else child.name, child


def _asked(function: Function, parameter: str) -> tuple[Names, set[str]] | None:
    """Return what a function asks of a parameter, and the functions that it gives it to."""
    parents = {
        id(child): node for node in ast.walk(function) for child in ast.iter_child_nodes(node)
    }
    asked: set[str] = set()
    given_to: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == parameter:
            match parents[id(node)]:
                case ast.Attribute(attr=name):
                    asked.add(name)
                case ast.Call(func=func):
                    given_to.add(_called(func))
                case _:
                    return None
    return frozenset(asked), given_to


def _called(func: ast.expr) -> str:
    return dotted(func).rpartition(".")[2]


def _followed(
    found: dict[str, list[tuple[Names, set[str]] | None]],
) -> dict[str, Names | None]:
    """Return what each function asks, with what is asked by those to which it gives the ``db``."""
    asked: dict[str, Names | None] = {}
    for name in found:
        names: set[str] = set()
        todo, seen = [name], {name}
        while todo:
            for each in found.get(todo.pop(), [None]):
                if each is None:
                    break
                names |= each[0]
                todo += each[1] - seen
                seen |= each[1]
            else:
                continue
            asked[name] = None
            break
        else:
            asked[name] = frozenset(names)
    return asked


def _asked_of_attribute(
    tree: ast.Module, text: str, attribute: str, known: Receivers
) -> Names | None:
    """Return what a text asks of an attribute that holds the ``db``."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    asked: set[str] = set()
    for node in parents:
        if isinstance(node, ast.Attribute) and node.attr == attribute:
            match parents[node]:
                case ast.Attribute(attr=name):
                    asked.add(name)
                case ast.Call(func=func) if node is not func:
                    names = known.functions.get(_called(func))
                    if names is None:
                        return None
                    asked |= names
                case ast.Assign(targets=[ast.Name(id=alias)]):
                    asked.update(re.findall(rf"\b{alias}\.(\w+)", text))
                case ast.Assign(targets=[ast.Attribute()]):
                    pass  # where it is assigned
                case _:
                    return None
    return frozenset(asked)


def _add(known: dict[str, Names | None], name: str, asked: Names | None) -> None:
    before = known.get(name, frozenset())
    known[name] = None if before is None or asked is None else before | asked
