"""Parses Python: what is newer than this Python is parsed by the project's own."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SECONDS = 120
# Runs in the project's Python. The tree is sent as data: each node with its fields and positions.
DUMP = r"""
import ast, json, sys

def plain(value):
    if isinstance(value, ast.AST):
        names = [*value._fields, *value._attributes]
        kind = "stmt" if isinstance(value, ast.stmt) else "expr" if isinstance(value, ast.expr) else "AST"
        return {
            "node": type(value).__name__, "kind": kind, "fields": value._fields,
            "values": {name: plain(getattr(value, name, None)) for name in names},
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return {"constant": repr(value)}

sys.setrecursionlimit(20000)
answer = {}
for path, text in json.load(sys.stdin).items():
    try:
        answer[path] = plain(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        pass
json.dump(answer, sys.stdout)
"""

# The trees of such texts. What a text means does not change while a command runs.
_elsewhere: dict[str, ast.Module] = {}


def parse(text: str) -> ast.Module:
    """Parse a text, or return the tree that the project's Python made of it.

    :raises SyntaxError: neither of them can parse it.
    """
    known = _elsewhere.get(text)
    return ast.parse(text) if known is None else known


def is_newer(text: str) -> bool:
    """Return whether a text was parsed by the project's Python, because this one cannot."""
    return text in _elsewhere


def parse_elsewhere(python: Path, texts: Mapping[str, str]) -> set[str]:
    """Let another Python parse texts, in one process; return the paths of those that it can.

    :param python: an interpreter.
    :param texts: each text by its path.
    """
    try:
        done = subprocess.run(
            [str(python), "-I", "-c", DUMP],
            input=json.dumps(texts),
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
        )
        answer = json.loads(done.stdout)
        trees = {path: _built(data) for path, data in answer.items()}
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired):
        return set()  # not a Python that runs, or an old one
    _elsewhere.update({texts[path]: tree for path, tree in trees.items()})
    return set(trees)


def _built(data: Any) -> Any:
    """Rebuild what was sent: a node, a list of nodes, or a value."""
    if isinstance(data, list):
        return [_built(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "constant" in data:
        return ... if data["constant"] == "Ellipsis" else ast.literal_eval(data["constant"])
    kind = _kind(data["node"], data["kind"], tuple(data["fields"]))
    node = kind.__new__(kind)
    for name, value in data["values"].items():
        setattr(node, name, _built(value))
    if data["fields"] != list(kind._fields):
        vars(node)["_fields"] = tuple(data["fields"])  # a known node with more in it
    return node


@cache
def _kind(name: str, kind: str, fields: tuple[str, ...]) -> type[ast.AST]:
    """Return the class of a node; for one that this Python does not have, a new one."""
    known = getattr(ast, name, None)
    if isinstance(known, type) and issubclass(known, ast.AST):
        return known
    return type(name, (getattr(ast, kind),), {"_fields": fields})
