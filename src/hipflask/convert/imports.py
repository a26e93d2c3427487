"""The imports of a file, put right once all its rules are through."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .modules import FLASK_SQLALCHEMY
from .values import Database

if TYPE_CHECKING:
    from .rewriting import File
    from .source import Source


def finish(file: File) -> None:
    """Bring what the new text needs, and take out what nothing needs any more."""
    if not file.source.edits and not file.wanted and not file.touched:
        return
    kept = _still_used(file)
    statements = [
        use.node
        for use in file.scopes.uses
        if isinstance(use.node, ast.ImportFrom | ast.Import) and use.node is use.statement
    ]
    for node in statements:
        _drop_guard(file, node, kept)
    top = _place(file, statements, kept)
    for node in statements:
        own = file.wanted.get(id(node), {})
        lines = [*(file.import_lines(own) if own else []), *file.besides.get(id(node), [])]
        if node is top:
            lines = [*_plain(file), *_module_lines(file), *lines]
        gone = _gone(file, node, kept)
        if (gone or lines) and id(node) not in file.dropped:
            _rewrite(file, node, gone, lines, before=_plain(file) if node is top else [])
    if top is None and (_plain(file) or _module_lines(file)):
        _insert_first(file, [*_plain(file), *_module_lines(file)])


def _drop_guard(file: File, node: ast.ImportFrom | ast.Import, kept: set[int]) -> None:
    """Take out an ``if TYPE_CHECKING`` that would be left without its only import."""
    guard = file.parents.get(id(node))
    if (
        isinstance(guard, ast.If)
        and file.fills_block(node)
        and not guard.orelse
        and ast.unparse(guard.test).rpartition(".")[2] == "TYPE_CHECKING"
        and id(node) not in {*file.wanted, *file.besides}
        and _gone(file, node, kept) == node.names
    ):
        file.dropped.add(id(node))
        remove_statement(file, guard)
        name = guard.test.id if isinstance(guard.test, ast.Name) else ""
        for binding in file.scopes.module.lookup(name):
            if isinstance(binding.node, ast.alias) and len(file.uses_of(binding.node)) == 1:
                file.removed.add(id(binding.node))


def _module_lines(file: File) -> list[str]:
    names = file.wanted.get(None, {})
    return file.import_lines(names) if names else []


def _plain(file: File) -> list[str]:
    lines: list[str] = []
    for module, name in sorted(file.plain_imports.items()):
        if module in file.have:
            continue
        if module == "sqlalchemy":
            lines.append(f"import sqlalchemy as {name}")
        else:
            package, _, last = module.rpartition(".")
            lines.append(f"from {package} import {last}" + (f" as {name}" if name != last else ""))
    for (module, name), local in sorted(file.others.items()):
        lines.append(f"from {module} import {name}" + (f" as {local}" if name != local else ""))
    return lines


def _still_used(file: File) -> set[int]:
    """Return the bindings of the ``db`` that the new text still refers to."""
    kept = set(file.kept)
    spans = sorted(file.source.edits)
    for use in file.scopes.uses:
        node = use.node
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        bindings = use.scope.lookup(node.id)
        if not any(isinstance(b.node, ast.alias) for b in bindings):
            continue
        start, end = file.source.span(node)
        if not any(first <= start and end <= last for first, last in spans if last > first):
            kept.update(id(b.node) for b in bindings)
    return kept


def _gone(file: File, node: ast.ImportFrom | ast.Import, kept: set[int]) -> list[ast.alias]:
    """Return what an import brings that nothing needs any more."""
    gone: list[ast.alias] = []
    module_level = any(child is node for child in file.tree.body)
    for alias in node.names:
        if id(alias) in file.removed:
            # In place of what was `from` a module there is another of the name.
            if isinstance(node, ast.ImportFrom) or id(alias) not in kept:
                gone.append(alias)
            continue
        if not isinstance(node, ast.ImportFrom) or id(alias) in kept:
            continue
        binding = file.binding_of(alias)
        if binding is None or file.bound(binding) != Database():
            continue
        if binding.scope is file.scopes.module and (
            not module_level or file.project.index.is_exported(file.path, binding.name)
        ):
            continue
        if file.is_imported_for_effect(node, alias):
            continue
        gone.append(alias)
    return gone


def _place(
    file: File, statements: list[ast.ImportFrom | ast.Import], kept: set[int]
) -> ast.ImportFrom | ast.Import | None:
    """Return the import at whose place the new ones come."""
    top = [node for node in statements if any(child is node for child in file.tree.body)]
    if file.path == file.project.home:
        for node in top:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                FLASK_SQLALCHEMY
            ):
                return node
    for node in top:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                binding = file.binding_of(alias)
                if binding is not None and file.bound(binding) == Database():
                    return node
    # Else behind the last import of the first block, before what the module does.
    last: ast.ImportFrom | ast.Import | None = None
    for child in file.tree.body:
        if isinstance(child, ast.Import | ast.ImportFrom):
            if not (isinstance(child, ast.ImportFrom) and child.module == "__future__"):
                last = child
        elif not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)) and last:
            break
    return last


def _rewrite(
    file: File,
    node: ast.ImportFrom | ast.Import,
    gone: list[ast.alias],
    lines: list[str],
    before: list[str],
) -> None:
    source = file.source
    start, end = source.span(node)
    indent = source.indentation(start)
    begins_line = not source.text[source.line_start(start) : start].strip()
    glue = f"{source.newline}{indent}" if begins_line else "; "
    gap = source.newline if _begins_group(file, node) else ""
    rest = [alias for alias in node.names if alias not in gone]
    after = [line for line in lines if line not in before]
    if rest:
        for alias in gone:
            _remove_alias(file, node, alias)
        if before:
            source.replace(start, start, glue.join(before) + glue + gap)
        if after:
            source.replace(end, end, glue + glue.join(after))
        return
    if before and after:
        source.replace(start, end, glue.join(before) + glue + gap + glue.join(after))
    elif before or after:
        source.replace(start, end, glue.join([*before, *after]))
    else:
        remove_statement(file, node)


def _begins_group(file: File, node: ast.stmt) -> bool:
    """Tell whether a blank line is between an import and those above it, as isort has it."""
    source = file.source
    line = source.line_start(source.span(node)[0])
    above = source.line_start(line - 1) if line else 0
    return not source.text[above:line].strip() and any(
        isinstance(child, ast.Import | ast.ImportFrom) and child.lineno < node.lineno
        for child in file.tree.body
    )


def _remove_alias(file: File, node: ast.stmt, alias: ast.alias) -> None:
    source = file.source
    start, end = source.span(alias)
    stop = source.span(node)[1]
    comma = source.text.find(",", end, stop)
    if comma >= 0 and not source.text[end:comma].strip():
        end = comma + 1
        if source.text[source.line_start(start) : start].strip():
            while end < stop and source.text[end] in " \t":
                end += 1
        else:  # a line of its own goes as one
            following = source.line_end(end)
            if not source.text[end:following].split("#")[0].strip():
                start, end = source.line_start(start), following
            else:
                while end < stop and source.text[end] in " \t":
                    end += 1
    else:
        before = source.text.rfind(",", 0, start)
        if before > source.span(node)[0]:
            start = before
    source.replace(start, end, "")


def remove_statement(file: File, node: ast.stmt) -> None:
    """Take a statement out with its line; a block that would be empty gets a ``pass``."""
    source = file.source
    start, end = source.span(node)
    decorators = getattr(node, "decorator_list", None)
    if decorators:
        start = source.text.rfind("@", 0, source.span(decorators[0])[0])
    if file.fills_block(node):
        source.replace(start, end, "pass")
        return
    line, following = source.line_start(start), source.line_end(end)
    rest = source.text[end:following].strip()
    if source.text[line:start].strip() or (rest and not rest.startswith("#")):
        # It shares its line with others.
        semicolon = source.text.find(";", end, following)
        if semicolon >= 0 and not source.text[end:semicolon].strip():
            end = semicolon + 1
            while end < following and source.text[end] in " \t":
                end += 1
            source.replace(start, end, "")
        else:
            source.replace(start, end, "pass")
        return
    for _ in range(_blank_lines_above(source, line)):
        if following == len(source.text) or source.text[following] not in "\r\n":
            break
        following = source.line_end(following)
    source.replace(line, following, "")


def _blank_lines_above(source: Source, offset: int) -> int:
    """Return how many there are: as many go below, so that no gap is left."""
    count = 0
    while offset and not source.text[source.line_start(offset - 1) : offset].strip():
        offset = source.line_start(offset - 1)
        count += 1
    return count


def _insert_first(file: File, lines: list[str]) -> None:
    source = file.source
    place = 0
    for child in file.tree.body:
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_future = isinstance(child, ast.ImportFrom) and child.module == "__future__"
        if not is_docstring and not is_future:
            break
        place = source.line_end(source.span(child)[1])
    else:
        child = None
    if place == 0 and child is not None:
        decorated = getattr(child, "decorator_list", None)
        place = source.line_start(source.span(decorated[0] if decorated else child)[0])
    newline = source.newline
    gap = 0
    if child is not None and not source.text[place : source.line_end(place)].isspace():
        is_defined = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        gap = 2 if is_defined else 1
    source.replace(place, place, newline.join(lines) + newline * (1 + gap))
