"""Updates the imports of a file after all rules have run."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from ...project import FLASK_SQLALCHEMY, Class, Database, Source
from . import prose
from .file import File, Function
from .statements import (
    begins_group,
    follows,
    insert_first,
    insert_in_function,
    remove_aliases,
    remove_statement,
    without_new_blank_ends,
)

# A comment that each import of a block needs, such as below a change of sys.path.
OF_EVERY_IMPORT = re.compile(r"#\s*(?:noqa(?!:)|noqa:.*\bE402\b|isort:\s*skip)", re.IGNORECASE)


def finish(file: File) -> str | None:
    """Return the rewritten text, or None if nothing changed."""
    _update_imports(file)
    if not file.source.edits:
        return None
    prose.rename(file)
    return without_new_blank_ends(file.source.text, file.source.result())


def _update_imports(file: File) -> None:
    """Add the imports that the new text needs, and remove unused ones."""
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
    done: list[tuple[ast.stmt, dict[str, str]]] = []
    for node in statements:
        own = _not_yet_imported(file, node, done)
        done.append((node, own))
        lines = [*(_lines(file, own) if own else []), *file.extra_imports.get(id(node), [])]
        if node is top:
            lines = [*_plain(file), *_module_lines(file), *lines]
        gone = _gone(file, node, kept)
        if (gone or lines) and id(node) not in file.dropped:
            _rewrite(file, node, gone, lines, before=_plain(file) if node is top else [])
    for use in file.scopes.uses:
        if isinstance(use.node, Function) and id(use.node) in {*file.wanted, *file.extra_imports}:
            names = file.wanted.get(id(use.node), {})
            lines = _lines(file, names) if names else []
            insert_in_function(file, use.node, lines + file.extra_imports.get(id(use.node), []))
    if top is None and (_plain(file) or _module_lines(file)):
        insert_first(file, [*_plain(file), *_module_lines(file)])


def _not_yet_imported(
    file: File, node: ast.stmt, done: list[tuple[ast.stmt, dict[str, str]]]
) -> dict[str, str]:
    """Return the names to import at a statement, without those that one above it imports."""
    names = dict(file.wanted.get(id(node), {}))
    for other, known in done if names else ():
        if set(known.items()) & set(names.items()) and follows(file, node, other):
            names = {name: local for name, local in names.items() if known.get(name) != local}
    return names


def _drop_guard(file: File, node: ast.ImportFrom | ast.Import, kept: set[int]) -> None:
    """Remove an ``if TYPE_CHECKING`` whose only import is removed."""
    guard = file.parents.get(id(node))
    if (
        isinstance(guard, ast.If)
        and file.fills_block(node)
        and not guard.orelse
        and ast.unparse(guard.test).rpartition(".")[2] == "TYPE_CHECKING"
        and id(node) not in {*file.wanted, *file.extra_imports}
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
    return _lines(file, names) if names else []


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
    """Return the imports of the ``db`` that the new text still uses."""
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
    """Return the names of an import statement that are no longer used."""
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
        if binding is None:
            continue
        if file.bound(binding) != Database() and not _is_left_over(file, node, alias):
            continue
        if binding.scope is file.scopes.module and (
            not module_level or _is_exported(file, alias, binding.name)
        ):
            continue
        if _is_imported_for_effect(file, node, alias):
            continue
        gone.append(alias)
    return gone


def _is_left_over(file: File, node: ast.ImportFrom, alias: ast.alias) -> bool:
    """Return whether a name was used before, and is nowhere in the new text."""
    word = re.compile(rf"\b{re.escape(alias.asname or alias.name)}\b")
    said = len(word.findall(file.source.text_of(node)))
    return bool(file.uses_of(alias)) and len(word.findall(file.source.result())) == said


def _is_exported(file: File, alias: ast.alias, name: str) -> bool:
    """Return whether a module has an imported name for others, and not only for itself."""
    index = file.project.index
    if file.uses_of(alias):
        return index.is_imported_from(file.path, name)
    return index.is_exported(file.path, name)


def _place(
    file: File, statements: list[ast.ImportFrom | ast.Import], kept: set[int]
) -> ast.ImportFrom | ast.Import | None:
    """Return the import statement next to which new imports are added."""
    usual, first = _usual_place(file, statements, kept), file.first_import
    if first is not None and (usual is None or usual.lineno < first.lineno):
        return first
    return usual


def _usual_place(
    file: File, statements: list[ast.ImportFrom | ast.Import], kept: set[int]
) -> ast.ImportFrom | ast.Import | None:
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
    gap = source.newline if begins_group(file, node) else ""
    rest = [alias for alias in node.names if alias not in gone]
    after = [line for line in lines if line not in before]
    if rest:
        remove_aliases(file, node, gone)
        if before:
            source.replace(start, start, glue.join(before) + glue + gap)
        if after:
            comment = _comment_behind(source, end)
            end += len(comment)
            kept = f"  {comment.strip()}" if OF_EVERY_IMPORT.search(comment) else ""
            source.replace(end, end, "".join(f"{glue}{line}{kept}" for line in after))
        return
    if before and after:
        source.replace(start, end, glue.join(before) + glue + gap + glue.join(after))
    elif before or after:
        source.replace(start, end, glue.join([*before, *after]))
    else:
        remove_statement(file, node)


def _comment_behind(source: Source, end: int) -> str:
    """Return the comment behind a statement, with the blanks before it."""
    found = re.compile(r"[ \t]*#[^\r\n]*").match(source.text, end)
    return found[0] if found else ""


def _lines(file: File, names: dict[str, str]) -> list[str]:
    """Return import statements for names of the new module; an empty name is the module itself."""
    module, level = file.path_to(file.project.new_module)
    lines: list[str] = []
    if "" in names:
        package, _, last = module.rpartition(".")
        local = names[""]
        as_ = f" as {local}" if local != last else ""
        if package or level:
            lines.append(f"from {'.' * level}{package} import {last}{as_}")
        else:
            lines.append(f"import {last}{as_}")
    said = ", ".join(
        name if name == local else f"{name} as {local}"
        for name, local in sorted(names.items())
        if name
    )
    if said:
        lines.append(f"from {'.' * level}{module} import {said}")
    return lines


def _is_imported_for_effect(file: File, node: ast.ImportFrom, alias: ast.alias) -> bool:
    """Return whether importing the ``db`` also imports a module that nothing else imports here.

    A script that imports the ``db`` from the models or the app relies on them being imported.
    """
    if len(node.names) > 1 or any(
        file.index.is_model(Class(file.path, name)) for name in _class_names(file)
    ):
        return False
    found = file.index.find(file.path, node.module or "", node.level)
    if found is None or (found == file.project.home and not file.project.home_calls_init_app):
        return False
    new_module = PurePosixPath(file.project.new_module)
    if found.endswith("/__init__.py"):
        # A package is imported with what is in it.
        return not new_module.is_relative_to(PurePosixPath(found).parent)
    return not any(
        isinstance(use.node, ast.ImportFrom)
        and use.node is not node
        and file.index.find(file.path, use.node.module or "", use.node.level) == found
        for use in file.scopes.uses
    )


def _class_names(file: File) -> list[str]:
    return [node.name for node in file.tree.body if isinstance(node, ast.ClassDef)]
