"""Decides what a module in ``parts/`` leaves to the project: ``if needs("…")`` and ``OMITTED``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

from ...project import Source


def decided(text: str, features: Set[str]) -> str:
    """Return the text of a module with only the branches that apply.

    :param features: what the project needs.
    """
    while True:
        source = Source(text)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.If | ast.IfExp):
                answer = _answer(node.test, features)
                if answer is not None:
                    _choose(source, node, answer)
                    break
                if _shorten(source, node.test, features):
                    break
        else:
            return _without_omitted(text)
        text = source.result()


def _answer(test: ast.expr, features: Set[str]) -> bool | None:
    """Return whether a test is true, or None if the running program decides it."""
    match test:
        case ast.Call(func=ast.Name(id="needs")):
            return any(ast.literal_eval(argument) in features for argument in test.args)
        case ast.UnaryOp(op=ast.Not()):
            answer = _answer(test.operand, features)
            return None if answer is None else not answer
        case ast.BoolOp():
            answers = [_answer(value, features) for value in test.values]
            decisive = isinstance(test.op, ast.Or)
            if decisive in answers:
                return decisive
            return None if None in answers else not decisive
    return None


def _shorten(source: Source, test: ast.expr, features: Set[str]) -> bool:
    """Leave out what is decided of a test that the running program decides."""
    if not isinstance(test, ast.BoolOp):
        return False
    left = [value for value in test.values if _answer(value, features) is None]
    if len(left) == len(test.values):
        return False
    glue = " and " if isinstance(test.op, ast.And) else " or "
    source.replace(*source.span(test), glue.join(map(source.text_of, left)))
    return True


def _choose(source: Source, node: ast.If | ast.IfExp, answer: bool) -> None:
    """Replace a condition by one of its branches."""
    if isinstance(node, ast.IfExp):
        start, end = source.span(node)
        before = source.text[:start].rstrip()
        if before.endswith("(") and not re.search(r"[\w\])]\($", before):
            # Its own parentheses go too; ``f(`` are those of a call.
            start, end = len(before) - 1, source.text.index(")", end) + 1
        source.replace(start, end, source.text_of(node.body if answer else node.orelse))
        return
    start, end = source.line_start(source.span(node)[0]), source.line_end(source.span(node)[1])
    is_elif = source.text_of(node).startswith("elif")
    branch = node.body if answer else node.orelse
    if not branch:
        source.replace(start, end, "")
        return
    first = source.line_end(source.span(node.test if answer else node.body[-1])[1])
    last = source.line_end(source.span(branch[-1])[1])
    text = source.text[first:last]
    if answer and is_elif:
        text = f"{source.indentation(start)}else:\n{text}"
    elif not answer and text.lstrip().startswith("elif"):
        text = text if is_elif else text.replace("elif", "if", 1)
    elif not is_elif:
        if not answer:
            text = text[text.index("\n") + 1 :]  # without the ``else:``
        text = "".join(line.removeprefix("    ") for line in text.splitlines(keepends=True))
    source.replace(start, end, text)


def _without_omitted(text: str) -> str:
    """Return a text without the arguments and parameters whose value is ``OMITTED``."""
    source = Source(text)
    for start, end in _omitted(ast.parse(text), source):
        if text[source.line_start(start) : start].isspace() and text[end] == "\n":  # a statement
            source.replace(source.line_start(start), end + 1, "")
            continue
        behind = text[end:]
        if behind.lstrip().startswith(","):
            end += len(behind) - len(behind.lstrip()[1:].lstrip())
        else:
            start = text.rindex(",", 0, start) if text[:start].rstrip().endswith(",") else start
        source.replace(start, end, "")
    return source.result()


def _omitted(tree: ast.Module, source: Source) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(value=ast.Name(id="OMITTED")):
                yield source.span(node)
            case ast.Call():
                for argument in (*node.args, *node.keywords):
                    value = argument.value if isinstance(argument, ast.keyword) else argument
                    if isinstance(value, ast.Name) and value.id == "OMITTED":
                        yield source.span(argument)
            case ast.arg(annotation=ast.Name(id="OMITTED")):
                start, end = source.span(node)
                yield start - len("**") * source.text.endswith("**", 0, start), end
            case ast.arguments():
                named = [*node.posonlyargs, *node.args]
                optional = named[len(named) - len(node.defaults) :]
                pairs = [*zip(optional, node.defaults, strict=True)]
                pairs += [
                    (a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d
                ]
                for parameter, default in pairs:
                    if isinstance(default, ast.Name) and default.id == "OMITTED":
                        yield source.span(parameter)[0], source.span(default)[1]
