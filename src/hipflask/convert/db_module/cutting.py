"""Selects what a project needs from the modules in ``parts/``.

A definition is kept if the project uses it, or if another kept definition does. The parts are plain
Python, so no template language is needed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Set

from ...project import Source
from .pieces import Piece, names_in, pieces


def cut(
    parts: Iterable[str],
    features: Set[str],
    replaced: Mapping[str, str],
    after: Mapping[str, str],
    renamed: Mapping[str, str],
) -> tuple[str, list[str]]:
    """Return the body of a ``db.py`` and the imports that it needs.

    :param parts: the modules of ``parts/`` to select from, in the order of the result.
    :param features: the names that the project uses, and what else it needs.
    :param replaced: replacement source for the definitions of these names.
    :param after: source to add after the definitions of these names.
    :param renamed: new names for those that the project already uses for something else.
    """
    pool: list[Piece] = []
    imports: dict[str, str] = {}
    for part in parts:
        found, more = pieces(part, features)
        pool += found
        imports |= more
    for piece in pool:
        known = piece.binds & replaced.keys()
        if known:
            piece.text = replaced[min(known)]
        elif renamed:
            _rename(piece, renamed)
        for name in piece.binds & after.keys():
            piece.text += f"\n\n\n{after[name]}"
    wanted = {renamed.get(name, name) for name in features} | replaced.keys() | after.keys()
    kept = _closure(pool, wanted)
    body = "\n\n".join(f"\n{piece.text}\n" if piece.is_block else piece.text for piece in kept)
    used = set().union(*(names_in(piece.text) for piece in kept))
    needed = sorted(
        {line for name, line in imports.items() if name in used},
        key=lambda line: (line.startswith("if "), line),
    )
    if any(line.startswith("if ") for line in needed):
        needed.insert(0, imports["TYPE_CHECKING"])
    return body, needed


def _rename(piece: Piece, renamed: Mapping[str, str]) -> None:
    source = Source(piece.text)
    for node in ast.walk(ast.parse(piece.text)):
        start, end = source.span(node) if hasattr(node, "lineno") else (0, 0)
        if isinstance(node, ast.Name) and node.id in renamed:
            source.replace(start, end, renamed[node.id])
        elif isinstance(node, ast.ClassDef) and node.name in renamed:
            start = source.text.index(node.name, start)
            source.replace(start, start + len(node.name), renamed[node.name])
    piece.text = source.result()
    piece.binds = frozenset(renamed.get(name, name) for name in piece.binds)


def _closure(pool: list[Piece], wanted: Set[str]) -> list[Piece]:
    """Return the pieces that define the wanted names, and all that those need, in their order."""
    known: set[str] = set()
    todo = set(wanted)
    while todo:
        known |= todo
        todo = {
            name for piece in pool if piece.binds & todo for name in names_in(piece.text)
        } - known
    return [piece for piece in pool if piece.binds & known or piece.owner in known]
