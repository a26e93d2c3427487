"""Selects what a project needs from the modules in ``parts/``.

A definition is kept if the project uses it, or if another kept definition does. Names in `OPTIONAL`
are kept only on request: otherwise the statements and keyword arguments that mention them are
removed. The parts are plain Python, so no template language is needed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ...project import Source
from .pieces import Part, Piece, pieces

# Kept only on request.
OPTIONAL = {
    "QueryProperty",
    "Query",
    "__init_subclass__",
    "metadata_of",
    "engine_of",
    "UpdateBase",
    "record_queries",
    "track_modifications",
    "SESSION_OPTIONS",
    "ENGINE_OPTIONS",
    "query_cls",
    "Query.get_or_404",
    "Query.first_or_404",
    "Query.one_or_404",
    "Query.paginate",
    "__table_cls__",
    "__getattr__",
    "ModelMethods.__repr__",
}


def cut(
    parts: Iterable[Part],
    wanted: Iterable[str],
    replaced: Mapping[str, str] | None = None,
    after: Mapping[str, str] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> tuple[str, list[str]]:
    """Return the body of a ``db.py`` and the imports that it needs.

    :param parts: the modules of ``parts/`` to select from, in the order of the result.
    :param wanted: the names that the project uses, and the optional names that it needs.
    :param replaced: replacement source for the definitions of these names.
    :param after: source to add after the definitions of these names.
    :param renamed: new names for those that the project already uses for something else.
    """
    renamed = renamed or {}
    replaced = dict(replaced or {})
    wanted = set(wanted)
    pool: list[Piece] = []
    imports: dict[str, str] = {}
    for part in parts:
        found, more = pieces(part)
        pool += found
        imports |= more
    dropped = OPTIONAL - wanted
    ready = [_without(piece, dropped, replaced) for piece in pool]
    for piece in ready:
        if renamed and not piece.binds & replaced.keys():
            _rename(piece, renamed)
    wanted = {renamed.get(name, name) for name in wanted}
    for name, text in (after or {}).items():
        for piece in ready:
            if name in piece.binds:
                piece.text += f"\n\n\n{text}"
                piece.uses |= _names(ast.parse(text))
                wanted.add(name)
    kept = _closure(ready, wanted | set(replaced))
    for piece in ready:
        if not piece.binds and piece.node is not None and _owner(piece.node) in _all_binds(kept):
            kept.append(piece)
    kept = [piece for piece in ready if piece in kept]
    body = "\n\n".join(_spaced(piece) for piece in kept)
    used = set().union(*(piece.uses for piece in kept)) if kept else set()
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
    piece.uses = {renamed.get(name, name) for name in piece.uses}


def _all_binds(kept: Iterable[Piece]) -> set[str]:
    return {name for piece in kept for name in piece.binds}


def _owner(node: ast.stmt) -> str:
    """Return the name whose attribute or item a statement assigns to."""
    if isinstance(node, ast.Assign):
        target: ast.expr = node.targets[0]
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        return target.id if isinstance(target, ast.Name) else ""
    return ""


def _closure(pool: list[Piece], wanted: set[str]) -> list[Piece]:
    kept: list[Piece] = []
    todo = sorted(wanted)
    known: set[str] = set()
    while todo:
        name = todo.pop()
        if name in known:
            continue
        known.add(name)
        for piece in pool:
            if name in piece.binds and piece not in kept:
                kept.append(piece)
                todo += sorted(piece.uses)
    return kept


def _spaced(piece: Piece) -> str:
    is_block = isinstance(piece.node, ast.ClassDef | ast.FunctionDef)
    return f"\n{piece.text}\n" if is_block else piece.text


def _without(piece: Piece, dropped: set[str], replaced: Mapping[str, str]) -> Piece:
    """Return a piece without the code that mentions a dropped name."""
    source = Source(piece.source.text)
    node = piece.node
    for name in piece.binds & replaced.keys():
        text = replaced[name]
        return Piece(node, source, piece.module, piece.binds, text, _names(ast.parse(text)))
    _prune(node, source, dropped)
    start = _start_with_comments(source, node)
    text = source.result(start, source.line_end(source.span(node)[1])).rstrip()
    return Piece(node, source, piece.module, piece.binds, text, _names(ast.parse(text)))


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _start_with_comments(source: Source, node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = decorators[0] if decorators else node
    start = source.line_start(source.span(first)[0])
    while start:
        above = source.line_start(start - 1)
        if not source.text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start


def _mentions(node: ast.AST, dropped: set[str]) -> bool:
    return any(isinstance(child, ast.Name) and child.id in dropped for child in ast.walk(node))


def _prune(node: ast.AST, source: Source, dropped: set[str]) -> None:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.If | ast.For | ast.Try | ast.With):
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for statement in (*node.body, *getattr(node, "orelse", [])):
            if _is_dropped(statement, dropped, owner):
                _remove(source, statement)
            else:
                _prune(statement, source, dropped)
        return
    for child in ast.walk(node):
        if isinstance(child, ast.Call) and child.keywords:
            _prune_keywords(child, source, dropped)


def _is_dropped(node: ast.stmt, dropped: set[str], owner: str) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in dropped or f"{owner}.{node.name}" in dropped
    if isinstance(node, ast.If):
        return _mentions(node.test, dropped) or all(
            _is_dropped(child, dropped, owner) for child in node.body
        )
    if isinstance(node, ast.For):
        return _mentions(node.iter, dropped) or all(
            _is_dropped(child, dropped, owner) for child in node.body
        )
    # A dropped keyword argument is removed from its call; the statement stays.
    kept = _Keywordless().visit(ast.parse(ast.unparse(node)))
    return _mentions(kept, dropped)


class _Keywordless(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.Call:
        node.keywords = []
        self.generic_visit(node)
        return node


def _prune_keywords(node: ast.Call, source: Source, dropped: set[str]) -> None:
    said = [source.text_of(argument) for argument in node.args]
    kept = [
        keyword
        for keyword in node.keywords
        if not (keyword.arg == "query_cls" and "query_cls" in dropped)
        and not _mentions(keyword.value, dropped)
    ]
    if len(kept) == len(node.keywords):
        return
    said += [
        f"{keyword.arg}={source.text_of(keyword.value)}"
        if keyword.arg
        else f"**{source.text_of(keyword.value)}"
        for keyword in kept
    ]
    start, end = source.span(node)
    source.replace(start, end, f"{source.text_of(node.func)}({', '.join(said)})")


def _remove(source: Source, node: ast.stmt) -> None:
    start = _start_with_comments(source, node)
    source.replace(start, source.line_end(source.span(node)[1]), "")
