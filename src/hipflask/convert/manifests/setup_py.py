"""setup.py: literal lists of requirements."""

from __future__ import annotations

import ast

from ...project import Finding, Source, parse
from .elements import Element, replace
from .swaps import RULE, Swap, Wanted, name_of


def rewrite(path: str, text: str, swaps: tuple[Swap, ...]) -> tuple[str, list[Finding]]:
    """Replace requirements in the literal lists of a setup.py."""
    try:
        tree = parse(text)
    except SyntaxError:  # which is listed with all others of the project
        return text, []
    source = Source(text)
    listed: set[ast.AST] = set()
    findings: list[Finding] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            continue
        plain = [
            part
            for part in node.elts
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        listed |= {*plain}
        elements = [Element(*source.span(part), str(part.value)) for part in plain]
        wanted = Wanted({name_of(element.value) for element in elements}, swaps)
        replace(source, [(element, wanted.new(element.value)) for element in elements])
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in listed:
            for line in node.value.splitlines():
                if any(name_of(line) == swap.old for swap in swaps):
                    reason = "It is not in a literal list. Change it by hand."
                    findings.append(Finding(path, node.lineno, RULE, reason, line.strip()))
    return source.result(), findings
