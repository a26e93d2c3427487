"""A file as it was read, and what its names mean."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

from ...project import (
    Binding,
    Class,
    ClassDefined,
    Database,
    DatabaseAttribute,
    External,
    Scope,
    Scopes,
    Source,
    Use,
    Value,
    read_class,
)
from . import fixtures
from .project import Project

STATE = DatabaseAttribute("<state>")


class Reading:
    """A file as it was read.

    ``moved`` are the definitions that are moved to the new module, by name.
    """

    def __init__(self, path: str, source: Source, tree: ast.Module, project: Project) -> None:
        self.path = path
        self.source = source
        self.tree = tree
        self.project = project
        self.scopes = Scopes(tree)
        self.index = project.index
        self.parents = {id(use.node): use.parent for use in self.scopes.uses}
        self.moved: dict[str, ast.stmt] = {}
        self.bound_names = {name for scope in self.all_scopes() for name in scope.bindings}
        self._cache: dict[int, Value] = {}
        self._values: dict[int, Value] = {}

    def all_scopes(self) -> Iterable[Scope]:
        seen: dict[int, Scope] = {}
        for use in self.scopes.uses:
            seen[id(use.scope)] = use.scope
        seen[id(self.scopes.module)] = self.scopes.module
        return seen.values()

    def value(self, node: ast.expr | None, scope: Scope) -> Value:
        """Return the value of an expression."""
        if id(node) not in self._values:
            self._values[id(node)] = self._value(node, scope)
        return self._values[id(node)]

    def _value(self, node: ast.expr | None, scope: Scope) -> Value:
        match node:
            case ast.Name():
                return self._named(node.id, scope)
            case ast.Attribute():
                if self.is_extensions_lookup(node):
                    return Database()
                return self.index.resolve_attributes(self.value(node.value, scope), [node.attr])
            case ast.Subscript() | ast.Call() if is_extensions_entry(node):
                return Database() if self.project.generation >= 3 else STATE
            case ast.Call():
                made = self.value(node.func, scope)
                if self.index.makes_database(made):
                    return Database()
                if made == External("typing.cast") and len(node.args) == 2:
                    return self.value(node.args[1], scope)
        return None

    def is_extensions_lookup(self, node: ast.expr) -> bool:
        """Return whether a node is ``app.extensions["sqlalchemy"]``, or the ``.db`` of that in 2.x."""
        if isinstance(node, ast.Attribute) and node.attr == "db":
            return is_extensions_entry(node.value)
        return is_extensions_entry(node)

    def is_stored_again(self, use: Use) -> bool:
        """Return whether a node is in ``app.extensions["sqlalchemy"].db = db``, which goes."""
        match use.statement:
            case ast.Assign(targets=[ast.Attribute() as target], value=stored):
                is_lookup = self.is_extensions_lookup(target)
                return is_lookup and self.value(stored, use.scope) == Database()
        return False

    def _named(self, name: str, scope: Scope) -> Value:
        bindings = scope.lookup(name)
        if not bindings:
            return self.index.lookup(self.path, name) if name not in self.bound_names else None
        values = {self.bound(binding) for binding in bindings}
        # A name with two meanings is not resolved, except after `except ImportError: db = None`.
        values.discard(None) if len(values) > 1 and self._guarded(bindings) else None
        return values.pop() if len(values) == 1 else None

    @staticmethod
    def _guarded(bindings: list[Binding]) -> bool:
        return all(
            isinstance(b.node, ast.alias)
            or (isinstance(b.value, ast.Constant) and b.value.value is None)
            for b in bindings
        )

    def bound(self, binding: Binding) -> Value:
        """Return the value of a binding."""
        key = id(binding)
        if key in self._cache:
            return self._cache[key]
        self._cache[key] = None
        value = self._cache[key] = self._bound_value(binding)
        return value

    def _bound_value(self, binding: Binding) -> Value:
        node, statement = binding.node, binding.statement
        if isinstance(node, ast.alias):
            if isinstance(statement, ast.ImportFrom):
                return self.index.imported(
                    self.path, statement.module or "", statement.level, node.name
                )
            module = node.name if node.asname else node.name.partition(".")[0]
            return self.index.imported(self.path, module, 0, None)
        if isinstance(node, ast.ClassDef):
            if binding.scope is self.scopes.module and self.index.is_class(self.path, binding.name):
                return Class(self.path, binding.name)
            return self._local_class(binding.name, node)
        if isinstance(node, ast.arg):
            return self.parameter(node, binding)
        if binding.value is not None and isinstance(
            binding.value, ast.Name | ast.Attribute | ast.Call | ast.Subscript
        ):
            if isinstance(binding.value, ast.Call):
                made = self.value(binding.value.func, binding.scope)
                if made in (DatabaseAttribute("Table"), DatabaseAttribute("MetaData")):
                    return DatabaseAttribute(f"{made.name}()")
                if isinstance(made, External) and not self.index.makes_database(made):
                    return External(f"{made.name}()")
            # `db = db` in a class: its body reads the outer name until it binds its own.
            is_outer = isinstance(binding.value, ast.Name) and binding.value.id == binding.name
            outer = binding.scope.parent if is_outer else None
            return self.value(binding.value, outer or binding.scope)
        return None

    def parameter(self, node: ast.arg, binding: Binding) -> Value:
        """Return the value of a parameter: the ``db`` if a fixture of this name returns it."""
        is_given = fixtures.asks(binding.scope.node) and any(
            name == node.arg and fixtures.reaches(path, self.path)
            for path, name in self.project.fixtures
        )
        return Database() if is_given else None

    def _local_class(self, name: str, node: ast.ClassDef) -> Value:
        """Return a class inside a function, which only this file knows."""
        known = f"{name}@{node.lineno}"
        top = self.index.modules.get(self.path)
        if top is not None and known not in top.names:
            info = read_class(node)
            top.names[known] = ClassDefined(
                known,
                info.line,
                tuple(f"{known}:{position}" for position, _ in enumerate(node.bases)),
                info.names,
                info.tablename,
                info.abstract,
                info.has_table,
                info.has_key,
                info.bind,
            )
            scope = next(use.scope for use in self.scopes.uses if use.node is node)
            for position, base in enumerate(node.bases):
                self.index.remember(self.path, f"{known}:{position}", self.value(base, scope))
        return Class(self.path, known)

    def class_of(self, use: Use) -> Class | None:
        """Return the class that a statement defines."""
        assert isinstance(use.node, ast.ClassDef)
        if use.scope is self.scopes.module:
            return Class(self.path, use.node.name)
        found = self._local_class(use.node.name, use.node)
        return found if isinstance(found, Class) else None

    def root(self, node: ast.expr) -> ast.Name | None:
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node if isinstance(node, ast.Name) else None

    def enclosing_class(self, scope: Scope) -> ast.ClassDef | None:
        """Return the class of a method, but not of a function inside a method."""
        parent = scope.parent
        return parent.node if parent is not None and isinstance(parent.node, ast.ClassDef) else None

    def binding_of(self, alias: ast.alias) -> Binding | None:
        """Return the binding that an import makes."""
        return self._aliases.get(id(alias))

    @cached_property
    def _aliases(self) -> dict[int, Binding]:
        return {
            id(binding.node): binding
            for scope in self.all_scopes()
            for bindings in scope.bindings.values()
            for binding in bindings
            if isinstance(binding.node, ast.alias)
        }

    def uses_of(self, alias: ast.alias) -> list[ast.Name]:
        """Return the uses of an imported name."""
        binding = self.binding_of(alias)
        return [
            use.node
            for use in self.scopes.uses
            if isinstance(use.node, ast.Name)
            and binding is not None
            and use.node.id == binding.name
            and isinstance(use.node.ctx, ast.Load)
            and binding in use.scope.lookup(use.node.id)
        ]

    def is_annotation(self, node: ast.AST) -> bool:
        """Return whether an expression is part of an annotation."""
        child = node
        while (parent := self.parents.get(id(child))) is not None:
            if isinstance(parent, ast.arg):
                return True
            if isinstance(parent, ast.AnnAssign):
                return parent.annotation is child
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
                return parent.returns is child
            if isinstance(parent, ast.stmt | ast.Call):
                return False
            child = parent
        return False

    def is_type(self, node: ast.AST) -> bool:
        """Return whether an expression only names a type: an annotation, a cast, a bound."""
        if self.is_annotation(node):
            return True
        child, parent = node, self.parents.get(id(node))
        while isinstance(parent, ast.Subscript | ast.BinOp | ast.Tuple | ast.keyword):
            child, parent = parent, self.parents.get(id(parent))
        if not isinstance(parent, ast.Call):
            return False
        called = ast.unparse(parent.func).rpartition(".")[2]
        return called == "TypeVar" or (called == "cast" and parent.args[0] is child)

    def is_for_types(self, statement: ast.AST) -> bool:
        """Return whether a statement is only for type checkers."""
        parent = self.parents.get(id(statement))
        return isinstance(parent, ast.If) and "TYPE_CHECKING" in self.source.text_of(parent.test)

    def is_moved(self, node: ast.AST) -> bool:
        """Return whether a node is in a definition that is moved to the new module."""
        line = getattr(node, "lineno", 0)
        return any(m.lineno <= line <= (m.end_lineno or 0) for m in self.moved.values())

    def fills_block(self, node: ast.stmt) -> bool:
        """Return whether a statement is the only one of its block."""
        parent = self.parents.get(id(node))
        for block in ("body", "orelse", "finalbody"):
            body = getattr(parent, block, [])
            if isinstance(body, list) and len(body) == 1 and body[0] is node:
                return not isinstance(parent, ast.Module)
        return False

    @cached_property
    def has_database_at_top(self) -> bool:
        """Return whether the ``db`` is imported or created at module level."""
        return self.path == self.project.home or any(
            isinstance(b.node, ast.alias)
            and not self.is_guarded(b.statement)
            and self.bound(b) == Database()
            for bindings in self.scopes.module.bindings.values()
            for b in bindings
        )

    def is_guarded(self, statement: ast.stmt | None) -> bool:
        return statement is not None and not any(child is statement for child in self.tree.body)

    def is_skipped(self, rule: str) -> bool:
        return rule in self.project.skipped_rules


def is_extensions_entry(node: ast.AST) -> bool:
    """Return whether a node is ``app.extensions["sqlalchemy"]``, also by ``get``."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="extensions"), slice=ast.Constant(value="sqlalchemy")
        ):
            return True
        case ast.Call(
            func=ast.Attribute(attr="get", value=ast.Attribute(attr="extensions")),
            args=[ast.Constant(value="sqlalchemy"), *_],
        ):
            return True
    return False
