"""Resolves names to bindings by Python's scoping rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .modules import is_for_checkers

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(eq=False)
class Binding:
    """A binding of a name.

    :param node: the alias, parameter, definition or target.
    :param statement: the statement that contains it.
    :param value: the assigned expression, if there is a single one.
    :param for_checkers: whether it is in ``if TYPE_CHECKING``, which never runs.
    """

    name: str
    node: ast.AST
    statement: ast.stmt | None
    scope: Scope
    value: ast.expr | None = None
    for_checkers: bool = False


@dataclass(eq=False)
class Scope:
    """A module, class, function or comprehension, with the names that are bound in it."""

    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    # A `global` or `nonlocal` name is bound elsewhere.
    elsewhere: set[str] = field(default_factory=set)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> list[Binding]:
        """Return the bindings of a name in this scope; empty for a builtin or a star import.

        What runs comes before what only a type checker reads.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings and (scope is self or not scope.is_class):
                bindings = scope.bindings[name]
                run = [found for found in bindings if not found.for_checkers]
                return run if 0 < len(run) < len(bindings) else bindings
            scope = scope.parent
        return []

    def enclosing(self) -> Iterator[Scope]:
        """Yield this scope and its enclosing scopes, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


@dataclass(eq=False)
class Use:
    """A node with its scope, its statement and its parent."""

    node: ast.AST
    scope: Scope
    statement: ast.stmt
    parent: ast.AST


class Scopes(ast.NodeVisitor):
    """The scopes of a module, and each node with its scope."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree, None)
        self.uses: list[Use] = []
        self._scope = self.module
        self._statement: ast.stmt | None = None
        self._parents: list[ast.AST] = [tree]
        self._for_checkers = False
        for node in tree.body:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        before = self._statement
        if isinstance(node, ast.stmt):
            self._statement = node
        if self._statement is not None:
            self.uses.append(Use(node, self._scope, self._statement, self._parents[-1]))
        self._parents.append(node)
        method = getattr(self, f"visit_{type(node).__name__}", None)
        if method:
            method(node)
        else:
            self.generic_visit(node)
        self._parents.pop()
        self._statement = before

    def _bind(self, name: str, node: ast.AST, value: ast.expr | None = None) -> None:
        scope = self._scope
        if name in scope.elsewhere:
            scope = scope.module
        scope.bindings.setdefault(name, []).append(
            Binding(name, node, self._statement, scope, value, self._for_checkers)
        )

    def _within(self, node: ast.AST, body: list[ast.AST]) -> None:
        around = self._scope
        self._scope = Scope(node, around)
        if isinstance(node, Function):
            arguments = node.args
            for argument in (
                *arguments.posonlyargs,
                *arguments.args,
                *arguments.kwonlyargs,
                *([arguments.vararg] if arguments.vararg else []),
                *([arguments.kwarg] if arguments.kwarg else []),
            ):
                self._bind(argument.arg, argument)
        for child in body:
            self.visit(child)
        self._scope = around

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, node)
        parameters = getattr(node, "type_params", [])
        for child in (*node.decorator_list, *parameters, node.args, node.returns):
            if child is not None:
                self.visit(child)
        self._within(node, list(node.body))

    visit_FunctionDef = _visit_function  # noqa: N815
    visit_AsyncFunctionDef = _visit_function  # noqa: N815

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        around = self._for_checkers
        self._for_checkers = around or is_for_checkers(node)
        for child in node.body:
            self.visit(child)
        self._for_checkers = around
        for child in node.orelse:
            self.visit(child)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)
        self._within(node, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, node)
        parameters = getattr(node, "type_params", [])
        for child in (*node.decorator_list, *parameters, *node.bases, *node.keywords):
            self.visit(child)
        self._within(node, list(node.body))

    def _visit_comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        rest: list[ast.AST] = [first.target, *first.ifs]
        for generator in node.generators[1:]:
            rest += [generator.iter, generator.target, *generator.ifs]
        if isinstance(node, ast.DictComp):
            rest += [node.key, node.value]
        else:
            rest.append(node.elt)
        self._within(node, rest)

    visit_ListComp = _visit_comprehension  # noqa: N815
    visit_SetComp = _visit_comprehension  # noqa: N815
    visit_DictComp = _visit_comprehension  # noqa: N815
    visit_GeneratorExp = _visit_comprehension  # noqa: N815

    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                name = alias.asname or (
                    alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name
                )
                self._bind(name, alias)

    visit_Import = _visit_import  # noqa: N815
    visit_ImportFrom = _visit_import  # noqa: N815

    def _visit_elsewhere(self, node: ast.Global | ast.Nonlocal) -> None:
        if isinstance(node, ast.Global):
            self._scope.elsewhere.update(node.names)

    visit_Global = _visit_elsewhere  # noqa: N815
    visit_Nonlocal = _visit_elsewhere  # noqa: N815

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, target, node.value)
                self._note(target)
            else:
                self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._bind(node.target.id, node.target, node.value)
            self._note(node.target)
        else:
            self.visit(node.target)

    def _note(self, node: ast.expr) -> None:
        assert self._statement is not None
        self.uses.append(Use(node, self._scope, self._statement, self._parents[-1]))

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id, node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self._bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, node)
