"""A file while it is rewritten: what rules can read of it and change."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from ...project import Database, External, Finding, Module, Scope, Source
from ..survey import Project, Reading
from . import style

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Rewritten:
    """The result for one file; sent between processes.

    :param text: its new text; None if it stays as it is.
    :param is_unread: whether it could not be parsed.
    :param keeps_order: whether an added import must stand below others.
    """

    path: str
    text: str | None
    findings: list[Finding]
    features: set[str]
    is_unread: bool = False
    keeps_order: bool = False


class File(Reading):
    """A file and its changes.

    ``features`` are the names that the new module must define; rules add to them.
    """

    def __init__(self, path: str, source: Source, tree: ast.Module, project: Project) -> None:
        super().__init__(path, source, tree, project)
        self.findings: list[Finding] = []
        self.features: set[str] = set()
        # The imports of the ``db`` that new text refers to, and what each must bring besides.
        self.kept: set[int] = set()
        self.wanted: dict[int | None, dict[str, str]] = {}
        self.plain_imports: dict[str, str] = {}
        self.have: set[str] = set()  # of these, what is imported already
        self.others: dict[tuple[str, str], str] = {}
        self.extra_imports: dict[int, list[str]] = {}
        self.removed: set[int] = set()
        self.dropped: set[int] = set()  # imports that went with what is around them
        self.renamed: dict[str, str] = {}  # in the code; comments and docstrings follow
        self.rewritten: set[int] = set()  # nodes that go with what is around them
        self.touched = False
        self.moved_imports: set[str] = set()

    # Changes of a place

    def report(self, node: ast.AST, rule: str, reason: str, what: str = "") -> None:
        """Report a place that must be checked by hand.

        :param reason: the same for all such places.
        :param what: the name that is meant here.
        """
        self.findings.append(Finding(self.path, getattr(node, "lineno", 0), rule, reason, what))

    def replace(self, node: ast.AST, text: str) -> None:
        """Replace the source of a node."""
        self.source.replace(*self.source.span(node), text)

    def replace_attribute(self, node: ast.Attribute, text: str) -> None:
        """Replace the name of an attribute."""
        end = self.source.span(node)[1]
        self.source.replace(end - len(node.attr), end, text)

    def add_argument(self, node: ast.Call, text: str) -> None:
        """Append an argument to a call."""
        everything: list[ast.expr] = [*node.args, *(keyword.value for keyword in node.keywords)]
        end = self.source.span(node)[1] - 1
        if not everything:
            self.source.replace(end, end, text)
            return
        last = max(self.source.span(argument)[1] for argument in everything)
        while self.source.text[last:end].lstrip().startswith(")"):  # (a generator, in brackets)
            last = self.source.text.index(")", last) + 1
        self.source.replace(last, last, f", {text}")

    def remove_argument(self, node: ast.Call, keyword: ast.keyword) -> None:
        """Remove a keyword argument from a call, with the comma before it."""
        start, end = self.source.span(keyword)
        before = self.source.text.rfind(",", 0, start)
        opening = self.source.span(node.func)[1]
        if before > opening and not self.source.text[before + 1 : start].strip():
            start = before
        self.source.replace(start, end, "")

    # Names, and their imports

    def use_name(self, name: str, database: ast.expr | None, scope: Scope) -> str:
        """Import a name of the new module, and return how to write it here.

        :param name: such as ``Session``.
        :param database: the expression for the ``db`` or a model, if there is one; the name is
            imported at the same place.
        """
        if database is not None and self.is_extensions_lookup(database):
            return self.use_name_near(name, None, scope)
        if name:
            self.features.add(name)
        anchors: list[ast.stmt] = []
        if database is not None:
            root = self.root(database)
            bindings = scope.lookup(root.id) if root is not None else []
            aliases = [b for b in bindings if isinstance(b.node, ast.alias)]
            is_database = self.value(database, scope) == Database()
            if is_database and (not aliases or not isinstance(database, ast.Name)):
                # A parameter or app.db: use the module itself.
                is_replaced = self.project.looks_session_up(self.path) and name == "Session"
                if is_replaced or not self._is_own_home(database, scope):
                    self.kept.update(id(b.node) for b in bindings)
                    return f"{self.source.text_of(database)}.{name}"
            elif is_database and self.project.looks_session_up(self.path) and name == "Session":
                self.kept.update(id(b.node) for b in bindings)
                return f"{self.source.text_of(database)}.{name}"
            # If the db is imported at module level, so is the new module before any function runs.
            if aliases and not self.has_database_at_top:
                inner = [
                    b.statement
                    for b in aliases
                    if b.statement is not None
                    and (b.scope is not self.scopes.module or self.is_guarded(b.statement))
                ]
                anchors = inner if aliases[-1].statement in inner else []
        if not anchors and self._packages_to_come and self.first_import is None:
            functions = [s.node for s in scope.enclosing() if isinstance(s.node, Function)]
            anchors = [*functions[-1:]]
        if anchors and name in self.wanted.get(None, {}):
            return self.wanted[None][name]
        # A name that is imported in several branches of a function is imported in each.
        keys: list[int | None] = [id(anchor) for anchor in anchors]
        keys = keys or [None]
        known = next(
            (self.wanted[key][name] for key in keys if name in self.wanted.get(key, {})), ""
        )
        local = known or self._free(name or self.project.name)
        for key in keys:
            self.wanted.setdefault(key, {})[name] = local
        return local

    @cached_property
    def _packages_to_come(self) -> set[str]:
        """The packages of the new module, if to import them first would import this file again."""
        own = {self.path, *self.index.packages_of(self.path)}
        first = {*self.index.packages_of(self.project.new_module), *self.project.runs_before}
        return {path for path in first - own if self.path in self.index.runs(path)}

    @cached_property
    def first_import(self) -> ast.Import | ast.ImportFrom | None:
        """The import at module level by which those packages are imported already."""
        for child in self.tree.body if self._packages_to_come else ():
            if isinstance(child, ast.Import | ast.ImportFrom):
                for found in filter(None, (self._found_by(child, name) for name in child.names)):
                    if self._packages_to_come & self.index.runs(found, self.path):
                        return child
        return None

    def places_for(self, node: ast.stmt, alias: ast.alias) -> list[ast.stmt]:
        """Return where a module of the new module's package is imported in place of another name.

        :param node: the import of that name, where it is imported unless it is too early.
        """
        if not self._packages_to_come:
            return [node]
        if self.first_import is not None:
            return [node if node.lineno > self.first_import.lineno else self.first_import]
        used = set(map(id, self.uses_of(alias)))
        functions = [
            [each.node for each in use.scope.enclosing() if isinstance(each.node, Function)]
            for use in self.scopes.uses
            if id(use.node) in used
        ]
        if not all(functions):
            return [node]
        return list({id(found[-1]): found[-1] for found in functions}.values())

    def _found_by(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str | None:
        if isinstance(node, ast.Import):
            return self.index.find(self.path, alias.name, 0)
        value = self.index.imported(self.path, node.module or "", node.level, alias.name)
        if isinstance(value, Module):
            return value.path
        return self.index.find(self.path, node.module or "", node.level, (alias.name,))

    def _is_own_home(self, database: ast.expr, scope: Scope) -> bool:
        """Return whether it is the variable to which this module assigned the ``db``."""
        return (
            self.path == self.project.home
            and isinstance(database, ast.Name)
            and database.id == self.project.name
            and any(b.scope is self.scopes.module for b in scope.lookup(database.id))
        )

    def _free(self, name: str) -> str:
        if name not in self.bound_names:
            return name
        if name == self.project.name:
            return f"{name}_module"
        prefixes = ("db_", "database_") if name.islower() else ("Db", "Database")
        for candidate in (*(f"{prefix}{name}" for prefix in prefixes), f"{name}OfDatabase"):
            if candidate not in self.bound_names:
                return candidate
        return f"{name}_"

    def use_name_near(self, name: str, neighbour: ast.expr | None, scope: Scope) -> str:
        """Import a name of the new module next to another import, and return how to write it.

        :param neighbour: an expression whose first name may be imported inside a function; the
            new module must then not be imported earlier.
        """
        if self.project.looks_session_up(self.path) and name == "Session":
            at_hand = self._database_at_hand(scope)
            return f"{at_hand or self.use_name('', neighbour, scope)}.Session"
        return self.use_name(name, neighbour, scope)

    def use_module(self, scope: Scope) -> str:
        """Import the new module itself, and return how to write it here."""
        return self._database_at_hand(scope) or self.use_name("", None, scope)

    def _database_at_hand(self, scope: Scope) -> str:
        """Return the module-level name of the ``db``, if it is visible in a scope."""
        for name, bindings in self.scopes.module.bindings.items():
            is_own = self.path == self.project.home and name == self.project.name
            if scope.lookup(name) is bindings and (
                is_own
                or all(
                    isinstance(b.node, ast.alias)
                    and not self.is_guarded(b.statement)
                    and self.bound(b) == Database()
                    for b in bindings
                )
            ):
                self.kept.update(id(b.node) for b in bindings)
                return name
        return ""

    def module_name(self, module: str) -> str:
        """Return the local name of ``sqlalchemy`` (``sa``) or ``sqlalchemy.orm`` (``orm``)."""
        if module in self.plain_imports:
            return self.plain_imports[module]
        for name, bindings in self.scopes.module.bindings.items():
            if all(
                isinstance(b.node, ast.alias)
                and self.bound(b) == External(module)
                and not self.is_guarded(b.statement)
                for b in bindings
            ) and not any(
                name in scope.bindings
                for scope in self.all_scopes()
                if scope is not self.scopes.module
            ):
                self.plain_imports[module] = name
                self.have.add(module)
                return name
        candidates = ("sa", "sqla") if module == "sqlalchemy" else ("orm", "sa_orm")
        name = next((c for c in candidates if c not in self.bound_names), f"{candidates[0]}_")
        self.plain_imports[module] = name
        return name

    def use_other_name(self, module: str, name: str) -> str:
        """Import a name of another library, and return how to write it here."""
        if (module, name) not in self.others:
            self.others[module, name] = name if name not in self.bound_names else f"{name}_"
        return self.others[module, name]

    def import_as(self, name: str, local: str, anchor: ast.stmt | None) -> None:
        """Import a name of the new module as a local name, at a statement."""
        self.wanted.setdefault(id(anchor) if anchor is not None else None, {})[name] = local

    def import_module_as(self, local: str) -> None:
        """Import the new module itself as a local name."""
        self.wanted.setdefault(None, {})[""] = local

    # The imports, at the end

    def path_to(self, target: str) -> tuple[str, int]:
        """Return how this file imports a module: its dotted name and the number of leading dots."""
        return style.path_to(self.path, target, *self._style)

    @cached_property
    def _style(self) -> tuple[bool, str]:
        return style.find(self)
