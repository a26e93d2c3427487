"""A model without a ``__tablename__`` gets the name that Flask-SQLAlchemy computed.

A model that inherits from another model and has no primary key of its own uses its parent's table.
It gets no name, and a ``__tablename__`` that it has, which had no effect, is removed.

https://flask-sqlalchemy.readthedocs.io/en/stable/models/#defining-models
"""

from __future__ import annotations

import ast
import re

from ...project import Class, Source, Use
from ..rewriting import File, remove_statement

NODES = (ast.ClassDef,)


def rewrite(use: Use, file: File) -> None:
    node = use.node
    assert isinstance(node, ast.ClassDef)
    model = file.class_of(use)
    if model is None or not file.index.is_model(model):
        return
    info = file.index.class_info(model)
    assert info is not None
    if info.tablename == "plain" and not info.abstract and not info.has_table:
        if not has_own_table(model, file):
            remove_name(node, file)
    elif gets_name(model, file) and has_own_table(model, file):
        insert_first(node, file, table_name(node.name, file.project.generation))


def remove_name(node: ast.ClassDef, file: File) -> None:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__tablename__"
            for target in statement.targets
        ):
            remove_statement(file, statement)
            file.report(
                statement,
                "tablename",
                (
                    "The model has no primary key of its own, so it uses its parent's table. "
                    "The extension ignored this name, and it was removed."
                ),
            )


def gets_name(model: Class, file: File) -> bool:
    """Return whether the extension gave the model a name, judging by its bases."""
    index = file.index
    info = index.class_info(model)
    if info is None or info.abstract or info.has_table:
        return False
    for base in index.resolution_order(model):
        known = index.class_info(base)
        if known is None or known.tablename == "no":
            continue
        if known.tablename == "declared" or base == model:
            return False
        return not known.abstract and index.is_model(base)
    return True


def has_own_table(model: Class, file: File) -> bool:
    """Return whether a model has a primary key, or no parent whose table it could use."""
    index = file.index
    tableless: list[Class] = []
    has_parent = False
    for base in index.resolution_order(model):
        known = index.class_info(base)
        if known is None:
            continue
        if base != model and index.is_model(base) and not known.abstract:
            has_parent = True
        elif not any(base in index.ancestors(parent) for parent in _parents(model, file)):
            tableless.append(base)
    if not has_parent:
        return True
    return any(
        (known := index.class_info(base)) is not None and known.has_key for base in tableless
    )


def _parents(model: Class, file: File) -> list[Class]:
    index = file.index
    return [
        base
        for base in index.resolution_order(model)
        if base != model
        and index.is_model(base)
        and (known := index.class_info(base)) is not None
        and not known.abstract
    ]


def insert_first(node: ast.ClassDef, file: File, name: str) -> None:
    quote = "'" if file.source.text.count("'") > file.source.text.count('"') else '"'
    line = f"__tablename__ = {quote}{name}{quote}"
    first = node.body[0]
    source = file.source
    newline = source.newline
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_docstring and len(node.body) > 1:
        first = node.body[1]
        is_docstring = False
    decorated = getattr(first, "decorator_list", None)
    start = source.span(decorated[0] if decorated else first)[0]
    if decorated:
        start = source.text.rfind("@", 0, start)
    if is_docstring:
        end = source.span(first)[1]
        indent = source.indentation(start)
        source.replace(end, end, f"{newline}{newline}{indent}{line}")
        return
    if isinstance(first, ast.Pass) and len(node.body) == 1:
        file.replace(first, line)
        return
    if source.text[source.line_start(start) : start].strip():  # class A(db.Model): id = ...
        source.replace(start, start, f"{line}; ")
        return
    indent = source.indentation(start)
    begin = _above_comments(source, source.line_start(start), indent)
    gap = newline if isinstance(first, ast.ClassDef | ast.FunctionDef) else ""
    source.replace(begin, begin, f"{indent}{line}{newline}{gap}")


def _above_comments(source: Source, line: int, indent: str) -> int:
    """Return the start of the comments above a line, which belong to it."""
    while line:
        above = source.line_start(line - 1)
        if not source.text[above:line].startswith(f"{indent}#"):
            break
        line = above
    return line


def table_name(class_name: str, generation: int) -> str:
    """Return the table name that Flask-SQLAlchemy computes for a model.

    :param generation: 2 or 3; they differ for consecutive capitals.
    """
    if generation >= 3:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<!^)(?=[A-Z][a-z])", "_", class_name)
        return words.lower().lstrip("_")

    def word(match: re.Match[str]) -> str:
        before, last = match.groups()
        return (f"_{before}_{last}" if before else f"_{last}").lower()

    # Capitals at the end remain capitals in the table name.
    return re.sub(r"([A-Z]*)([A-Z])(?=[a-z0-9])", word, class_name).lstrip("_")
