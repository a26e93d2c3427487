"""Replaces Flask-Migrate where a project imports it, makes a ``Migrate`` or patches a function."""

from __future__ import annotations

import ast
import re

from ...project import Finding, Source, parse
from .commands import KNOWN
from .usage import (
    CLASS,
    FLASK_MIGRATE,
    PATCHED,
    Names,
    Usage,
    app_of,
    arguments,
    bound,
    constructions,
    inits,
)

RULE = "migrations"


def rewrite(path: str, text: str, module: str, usage: Usage) -> tuple[str, list[Finding]]:
    """Return a module without Flask-Migrate, and the places that still use it.

    :param module: the dotted name of the new module.
    :param usage: what the project uses of Flask-Migrate.
    :raises SyntaxError: the module cannot be parsed.
    """
    sites = Sites(path, text, module, usage)
    sites.rewrite()
    return sites.source.result(), sites.findings


class Sites:
    """A module while Flask-Migrate is taken out of it."""

    def __init__(self, path: str, text: str, module: str, usage: Usage) -> None:
        self.path = path
        self.source = Source(text)
        self.tree = parse(text)
        self.module = module
        self.package, _, self.last = module.rpartition(".")
        self.usage = usage
        self.names = Names(self.tree)
        self.findings: list[Finding] = []
        self.made = list(constructions(self.tree, self.names))
        self.name = self._name_for_the_module()

    def _name_for_the_module(self) -> str:
        """Return what the new module is called here: as the ``Migrate`` was, if it had a name."""
        for each in self.made:
            if each.name and self.usage.is_plain:
                return each.name
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == FLASK_MIGRATE and alias.asname:
                        return alias.asname
        taken = {name for node in ast.walk(self.tree) for name in bound(node)}
        free = (self.last, "migrations_cli", "flask_db", "alembic_cli")
        return next(name for name in free if name not in taken)

    def rewrite(self) -> None:
        for node in ast.walk(self.tree):
            match node:
                case ast.ImportFrom(module="flask_migrate", level=0):
                    self._import_from(node)
                case ast.ImportFrom(
                    module="flask_migrate.cli", names=[ast.alias(name="db") as alias]
                ):
                    bound_to = f" as {alias.asname or 'db'}"
                    new = f"from {self.module} import flask_db{bound_to}"
                    self.source.replace(*self.source.span(node), new)
                case ast.Import(names=[ast.alias(name="flask_migrate")]) if (
                    self.names.functions <= KNOWN
                ):
                    self.source.replace(*self.source.span(node), self._import_of_the_module())
                case ast.Import(names=names) | ast.ImportFrom(names=names) if any(
                    alias.name.partition(".")[0] == FLASK_MIGRATE for alias in names
                ) or (
                    isinstance(node, ast.ImportFrom)
                    and (node.module or "").startswith(f"{FLASK_MIGRATE}.")
                ):
                    self._leave(node, self.source.text_of(node))
                case ast.Constant(value=str(value)) if (
                    (patched := PATCHED.match(value))
                    and patched[1] in KNOWN
                    and self.source.text_of(node)[1:-1] == value
                ):
                    at = self.source.span(node)[0] + 1
                    self.source.replace(at, at + len(FLASK_MIGRATE), self.module)
        if self.usage.is_plain:
            self._rewrite_constructions()
        if self.names.modules and self.names.functions <= KNOWN:
            self._rename_the_module()

    def _leave(self, node: ast.stmt | ast.expr, what: str) -> None:
        reason = f"{what} has no counterpart in Alembic's own commands; see {self.module}."
        self.findings.append(Finding(self.path, node.lineno, RULE, reason))

    def _import_of_the_module(self) -> str:
        alias = "" if self.name == self.last else f" as {self.name}"
        if self.package:
            return f"from {self.package} import {self.last}{alias}"
        return f"import {self.last}{alias}"

    def _import_from(self, node: ast.ImportFrom) -> None:
        functions = [alias for alias in node.names if alias.name != CLASS]
        if unknown := [alias.name for alias in functions if alias.name not in KNOWN]:
            self._leave(node, f"{FLASK_MIGRATE}.{unknown[0]}")
            return
        start, end = self.source.span(node)
        if len(functions) == len(node.names) or not self.usage.is_plain:
            at = self.source.text.index(FLASK_MIGRATE, start)
            self.source.replace(at, at + len(FLASK_MIGRATE), self.module)
            return
        new = self._import_of_the_module()
        if functions:
            listed = ", ".join(map(ast.unparse, functions))
            indentation = self.source.indentation(start)
            new += f"{self.source.newline}{indentation}from {self.module} import {listed}"
        self.source.replace(start, end, new)

    def _rewrite_constructions(self) -> None:
        for each in self.made:
            start, end = self.source.span(each.statement)
            if each.app is not None:
                self.source.replace(start, end, self._init_app(self.name, each.call))
                continue
            first, last = self.source.line_start(start), self.source.line_end(end)
            if not self.source.text[first:start].strip() and re.match(
                r"[ \t]*(#.*)?\s*\Z", self.source.text[end:last]
            ):
                self.source.replace(first, last, "")
            else:  # it shares its line
                self.source.replace(start, end, self.name)
        for call in inits(self.tree, self.usage.names):
            assert isinstance(call.func, ast.Attribute)
            receiver = self.source.text_of(call.func.value)
            self.source.replace(*self.source.span(call), self._init_app(receiver, call))

    def _init_app(self, receiver: str, call: ast.Call) -> str:
        given = arguments(call)
        app = app_of(call)
        told = [self.source.text_of(app)] if app is not None else []
        if self.usage.directory is None and "directory" in given:
            told.append(f"directory={self.source.text_of(given['directory'])}")
        return f"{receiver}.init_app({', '.join(told)})"

    def _rename_the_module(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and node.id in self.names.modules:
                span = self.source.span(node)
                if not self.source.is_replaced(*span):
                    self.source.replace(*span, self.name)
