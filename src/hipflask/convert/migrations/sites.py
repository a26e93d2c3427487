"""Replaces imports of Flask-Migrate by imports of the module that replaces it."""

from __future__ import annotations

import ast
import re
from importlib.resources import files

from ...project import Finding, Source

RULE = "migrations"
FLASK_MIGRATE = "flask_migrate"
PARTS = files(f"{__package__}.parts")
PATCHED = re.compile(r"flask_migrate\.(\w+)(\.[\w.]+)?\Z")


def _offered() -> set[str]:
    # Parsed, not imported: Hipflask itself depends neither on Flask nor on Alembic.
    source = PARTS.joinpath("commands.py").read_text(encoding="utf-8")
    defined = (ast.ClassDef, ast.FunctionDef)
    return {node.name for node in ast.parse(source).body if isinstance(node, defined)}


NAMES = _offered()


def rewrite(path: str, text: str, module: str) -> tuple[str, list[Finding]]:
    """Return a module without Flask-Migrate, and the places that still use it.

    :param module: the dotted name of the module that replaces it.
    :raises SyntaxError: the module cannot be parsed.
    """
    source = Source(text)
    findings: list[Finding] = []
    package, _, name = module.rpartition(".")
    plain = f"from {package} import {name}" if package else f"import {name}"
    renamed: set[str] = set()

    def leave(node: ast.stmt | ast.expr, what: str) -> None:
        reason = f"{what} has no counterpart in Alembic's own commands; see {module}."
        findings.append(Finding(path, node.lineno, RULE, reason))

    tree = ast.parse(text)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="flask_migrate", level=0, names=names):
                if unknown := [alias.name for alias in names if alias.name not in NAMES]:
                    leave(node, f"flask_migrate.{unknown[0]}")
                    continue
                start, _ = source.span(node)
                at = text.index(FLASK_MIGRATE, start)
                source.replace(at, at + len(FLASK_MIGRATE), module)
            case ast.ImportFrom(module="flask_migrate.cli", names=[ast.alias(name="db") as alias]):
                bound = alias.asname or "db"
                source.replace(*source.span(node), f"from {module} import commands as {bound}")
            case ast.Import(names=[ast.alias(name="flask_migrate", asname=asname)]):
                source.replace(*source.span(node), f"{plain} as {asname}" if asname else plain)
                if not asname:
                    renamed.add(FLASK_MIGRATE)
            case ast.Import(names=names) | ast.ImportFrom(names=names) if any(
                alias.name.partition(".")[0] == FLASK_MIGRATE for alias in names
            ) or (
                isinstance(node, ast.ImportFrom)
                and (node.module or "").startswith("flask_migrate.")
            ):
                leave(node, source.text_of(node))
            case ast.Constant(value=str(value)) if (
                (patched := PATCHED.match(value))
                and patched[1] in NAMES
                and source.text_of(node)[1:-1] == value
            ):
                at = source.span(node)[0] + 1
                source.replace(at, at + len(FLASK_MIGRATE), module)
    if renamed:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == FLASK_MIGRATE:
                source.replace(*source.span(node), name)
    return source.result(), findings
