"""Rewrites the ``env.py`` of Flask-Migrate, from any version of its template, edited or not."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from itertools import pairwise

from ...project import Finding, Source, parse
from .database import ENGINE, DatabaseModule
from .nodes import connects, is_docstring, is_extension, is_options

RULE = "migrations"
OFF = "foreign_keys_off"
UNUSED = re.compile(r"^from sqlalchemy import MetaData\r?\n", re.MULTILINE)
UNUSED_APP = re.compile(r"^from flask import current_app\r?\n(\r?\n(?=\r?\n))?", re.MULTILINE)
SQLITE = files(f"{__package__}.parts").joinpath("sqlite.py").read_text(encoding="utf-8")
SQLITE_IMPORTS = re.findall(r"^from .*", SQLITE, re.MULTILINE)
SQLITE_FUNCTION = SQLITE[SQLITE.index(f"def {OFF}(") :].splitlines()
TOGETHER = re.compile(
    r"^(from flask import current_app)(\r?\n(?:.*\n)*?)from flask import has_app_context\r?\n",
    re.MULTILINE,
)


def is_environment(path: str, text: str) -> bool:
    """Return whether a file is an Alembic ``env.py``."""
    return path.endswith(".py") and "alembic" in text and "context.run_migrations" in text


def rewrite(path: str, text: str, database: DatabaseModule) -> tuple[str, list[Finding]]:
    """Return the rewritten ``env.py``, and what must be checked by hand.

    :raises SyntaxError: the file cannot be parsed.
    """
    tree = parse(text)
    environment = Environment(path, Source(text), tree, database)
    environment.rewrite()
    after = environment.source.result()
    if after != text and after.count("MetaData") == 1:  # nothing else uses it
        after = UNUSED.sub("", after)
    if after != text and len(re.findall(r"\bcurrent_app\b", after)) == 1:
        after = UNUSED_APP.sub("", after)
    elif after != text:
        after = TOGETHER.sub(r"\1, has_app_context\2", after)
    return after, environment.findings


class Environment:
    """An ``env.py`` while it is rewritten."""

    def __init__(
        self, path: str, source: Source, tree: ast.Module, database: DatabaseModule
    ) -> None:
        self.path = path
        self.source = source
        self.tree = tree
        self.database = database
        self.findings: list[Finding] = []
        self.aliases: dict[str, ast.Assign] = {}
        self.kept: set[str] = set()
        self.imports: list[str] = []
        self.definitions: list[str] = []
        self.names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        package, _, self.module = database.module.rpartition(".")
        self.db = next(
            name for name in ("db", "database", "app_db", "app_database_") if name not in self.names
        )
        alias = "" if self.db == self.module else f" as {self.db}"
        self.import_db = (
            f"from {package} import {self.module}{alias}"
            if package
            else f"import {self.module}{alias}"
        )

    def rewrite(self) -> None:
        self._find_aliases()
        self._visit(self.tree)
        self._drop_aliases()
        new = self.source.edits.values()
        if any(re.search(rf"(?<!\")\b{self.db}\b", text) for text in new):
            self.imports.append(self.import_db)
        if any(ENGINE in text for text in new) and "current_app" not in self.names:
            self.imports.append("from flask import current_app")
        if self.database.enforces_foreign_keys and OFF not in self.source.text:
            self._turn_foreign_keys_off()
            self.imports += SQLITE_IMPORTS
            self.definitions = SQLITE_FUNCTION
        self._import()

    def _find_aliases(self) -> None:
        """Find names for the database: ``target_db = current_app.extensions["migrate"].db``."""
        for node in self.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self._is_db(value):
                    self.aliases[name] = node

    def _is_db(self, node: ast.AST) -> bool:
        match node:
            case ast.Attribute(value=value, attr="db"):
                return is_extension(value)
            case ast.Name(id=name):
                return name in self.aliases
        return False

    def _visit(self, node: ast.AST) -> None:
        """Rewrite the outermost known expressions, and visit the children of all others."""
        if new := self._statement(node) or self._expression(node):
            self.source.replace(*self.source.span(node), new)
            return
        if isinstance(node, ast.Call):
            self._unpacked_options(node)
        if is_options(node):
            span = self.source.span(node)
            if span not in self.source.edits and not self.source.is_replaced(*span):
                self.source.replace(*span, self.database.options_as_dictionary())
            return
        if isinstance(node, ast.Name) and node.id in self.aliases:
            if isinstance(node.ctx, ast.Load):
                self.kept.add(node.id)
                self._finding(node)
        elif isinstance(node, ast.Attribute) and self._is_db(node):
            if not any(alias.value is node for alias in self.aliases.values()):
                self.source.replace(*self.source.span(node), self.db)
            return
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(body, list):
                for first, second in pairwise(body):
                    self._default_option(first, second)
        for child in ast.iter_child_nodes(node):
            self._visit(child)

    def _default_option(self, first: ast.stmt, second: ast.stmt) -> None:
        """Put the option that the template adds after ``configure_args`` into the dictionary."""
        match first, second:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value),
                ast.If(
                    test=ast.Compare(
                        left=ast.Call(func=ast.Attribute(value=ast.Name(id=asked), attr="get")),
                        ops=[ast.Is()],
                    ),
                    body=[ast.Assign(targets=[ast.Subscript(slice=key)], value=default)],
                    orelse=[],
                ),
            ) if name == asked and is_options(value) and not self.database.runtime_options:
                option = {ast.literal_eval(key): self.source.text_of(default)}
                start, end = self.source.span(first)
                indentation = self.source.indentation(start)
                self.source.replace(
                    *self.source.span(value),
                    self.database.options_as_dictionary(
                        option, f"{self.source.newline}{indentation}"
                    ),
                )
                self.source.replace(end, self.source.span(second)[1], "")

    def _unpacked_options(self, call: ast.Call) -> None:
        """Give a call the options as arguments, where it has them as ``**…configure_args``."""
        for keyword in call.keywords:
            if keyword.arg is not None or not is_options(keyword.value):
                continue
            told = self.database.options_as_arguments()
            start, end = self.source.span(keyword)
            if not told:
                start = self.source.text.rindex(",", 0, start)
            between = f",{self.source.newline}{' ' * keyword.col_offset}"
            is_alone = not self.source.text[self.source.line_start(start) : start].strip()
            self.source.replace(start, end, (between if is_alone else ", ").join(told))

    def _finding(self, node: ast.Name) -> None:
        self.findings.append(
            Finding(
                self.path,
                node.lineno,
                RULE,
                (
                    f"`{node.id}` is now the module {self.database.module}. Check that it has "
                    "what is used here."
                ),
            )
        )

    def _statement(self, node: ast.AST) -> str:
        """Return the replacement of a statement in which the template supports several versions."""
        match node:
            case ast.Try(
                body=[ast.Return(value=first)], handlers=[ast.ExceptHandler(body=[ast.Return()])]
            ) if first is not None and (engine := self._expression(first)):
                return f"return {engine}"
            case ast.FunctionDef(args=ast.arguments(args=arguments), body=body) if any(
                self._picks_metadata(child) for child in body
            ):
                told = body[1] if is_docstring(body[0]) else body[0]
                metadata = self._metadata(arguments[0].arg if arguments else "None")
                head = self.source.text[self.source.span(node)[0] : self.source.span(told)[0]]
                return f"{head}return {metadata}"
        return ""

    def _picks_metadata(self, node: ast.stmt) -> bool:
        """Return whether a statement finds the metadata of a bind as the template does."""
        match node:
            case ast.If(
                test=ast.Call(
                    func=ast.Name(id="hasattr"), args=[db, ast.Constant(value="metadatas")]
                )
            ):
                return self._is_db(db)
            case ast.For(iter=ast.Call(func=ast.Attribute(value=ast.Attribute(attr="tables")))):
                text = self.source.text_of(node)
                return "bind_key" in text and "metadata" in text
        return False

    def _metadata(self, key: str) -> str:
        if not self.database.binds or key == "None":
            return f"{self.db}.Base.metadata"
        return f"{self.db}.metadata_of({key} or None)"

    def _expression(self, node: ast.AST) -> str:
        match node:
            case ast.Attribute(value=db, attr="engine") if self._is_db(db):
                return self._engine()
            case ast.Attribute(value=db, attr="engines") if self._is_db(db):
                return self._engines()
            case ast.Attribute(value=db, attr="metadata") if self._is_db(db) or is_extension(db):
                return f"{self.db}.Base.metadata"
            case ast.Subscript(value=ast.Attribute(value=db, attr="metadatas"), slice=key) if (
                self._is_db(db)
            ):
                return self._metadata(self.source.text_of(key))
            case ast.Call(func=ast.Attribute(value=db, attr="get_engine")) if self._is_db(db):
                return self._engine(self._key(node))
        return ""

    def _engine(self, key: str = "") -> str:
        return f"{self.db}.get_engine({key})" if self.database.has_get_engine else ENGINE

    def _engines(self) -> str:
        if self.database.has_get_engine:
            return f"{self.db}.get_engines()"
        return f"{{None: {ENGINE}}}"

    def _key(self, call: ast.Call) -> str:
        """Return the bind of ``get_engine(app, bind)`` or ``get_engine(bind=bind)``."""
        for keyword in call.keywords:
            if keyword.arg in ("bind", "bind_key"):
                return self.source.text_of(keyword.value)
        *_, last = [None, *call.args]
        # With two arguments, the first is the app. A single one is the app before 3.0, else the bind.
        if last is None or (isinstance(last, ast.Name) and "app" in last.id):
            return ""
        return self.source.text_of(last)

    def _drop_aliases(self) -> None:
        for name, node in self.aliases.items():
            if name in self.kept:
                self.source.replace(*self.source.span(node.value), self.db)
            else:
                start, end = self.source.span(node)
                self.source.replace(self.source.line_start(start), self.source.line_end(end), "")

    def _turn_foreign_keys_off(self) -> None:
        """Wrap each call of ``connect()``."""
        calls = connects(self.tree)
        for call in calls:
            start, end = self.source.span(call)
            self.source.replace(start, start, f"{OFF}(")
            self.source.replace(end, end, ")")
        if not calls:
            reason = (
                f"Pass each connection to SQLite through {OFF}(connection) before a transaction "
                "begins. Otherwise altering a table can delete the rows that refer to it."
            )
            self.findings.append(Finding(self.path, 1, RULE, reason))

    def _import(self) -> None:
        """Add imports, and the app context, after the imports at the top."""
        lines = self.imports
        if self.database.factory is not None and "app_context()" not in self.source.text:
            statement, app = self.database.factory
            lines = ["from flask import has_app_context", *lines, ""]
            lines += ["if not has_app_context():  # run by `alembic`, not by `flask db`"]
            lines += [f"    {statement}", "", f"    {app}.app_context().push()"]
        if self.definitions:
            lines += ["", "", *self.definitions]
        end = 0
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom) or (not end and is_docstring(node)):
                end = self.source.line_end(self.source.span(node)[1])
            else:
                break
        newline = self.source.newline
        if lines:
            self.source.replace(end, end, newline.join(["", *lines, ""]))
