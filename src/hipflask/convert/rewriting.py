"""One file while it is rewritten: what its rules see, and what they may do."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from . import imports
from .findings import Finding
from .project import Project
from .reading import Reading
from .scopes import Scope
from .source import Source
from .values import Class, Database, External


@dataclass
class Rewritten:
    """What came of a file; sent between processes."""

    path: str
    text: str | None
    findings: list[Finding]
    features: set[str]


class File(Reading):
    """A file and its changes.

    ``features`` is what the project needs of its new module; the rules add to it.
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
        self.besides: dict[int, list[str]] = {}
        self.removed: set[int] = set()
        self.dropped: set[int] = set()  # imports that went with what is around them
        self.touched = False
        self.moved_imports: set[str] = set()

    # Changes of a place

    def find(self, node: ast.AST, rule: str, reason: str) -> None:
        """Leave a place to a person."""
        self.findings.append(Finding(self.path, getattr(node, "lineno", 0), rule, reason))

    def replace(self, node: ast.AST, text: str) -> None:
        """Put a text in the place of a node."""
        self.source.replace(*self.source.span(node), text)

    def replace_attribute(self, node: ast.Attribute, text: str) -> None:
        """Put another attribute in the place of one."""
        end = self.source.span(node)[1]
        self.source.replace(end - len(node.attr), end, text)

    def add_argument(self, node: ast.Call, text: str) -> None:
        """Add an argument behind the others of a call."""
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
        """Take a keyword out of a call, with the comma before it."""
        start, end = self.source.span(keyword)
        before = self.source.text.rfind(",", 0, start)
        opening = self.source.span(node.func)[1]
        if before > opening and not self.source.text[before + 1 : start].strip():
            start = before
        self.source.replace(start, end, "")

    # Names, and their imports

    def bring(self, name: str, database: ast.expr | None, scope: Scope) -> str:
        """Return how a name of the new module is written here, and have it imported.

        :param name: such as ``Session``.
        :param database: the expression that is the ``db``, or a model, where there is one; the
            name is imported where that is.
        """
        if database is not None and self.is_looked_up(database):
            return self.bring_beside(name, None, scope)
        self.features.add(name)
        anchor: ast.stmt | None = None
        if database is not None:
            root = self.root(database)
            bindings = scope.lookup(root.id) if root is not None else []
            aliases = [b for b in bindings if isinstance(b.node, ast.alias)]
            is_database = self.value(database, scope) == Database()
            if is_database and (not aliases or not isinstance(database, ast.Name)):
                # A parameter or app.db: the module itself is at hand.
                is_replaced = self.project.keeps_session_attribute and name == "Session"
                if is_replaced or not self._is_own_home(database, scope):
                    self.kept.update(id(b.node) for b in bindings)
                    return f"{self.source.of(database)}.{name}"
            elif is_database and self.project.keeps_session_attribute and name == "Session":
                self.kept.update(id(b.node) for b in bindings)
                return f"{self.source.of(database)}.{name}"
            # With a db at the top, the new module is imported already when any function runs.
            if aliases and not self.has_database_at_top:
                last = aliases[-1]
                if last.scope is not self.scopes.module or self.is_guarded(last.statement):
                    anchor = last.statement
        key = id(anchor) if anchor is not None else None
        if key is not None and name in self.wanted.get(None, {}):
            return self.wanted[None][name]
        known = self.wanted.setdefault(key, {})
        if name not in known:
            known[name] = self._free(name) if name else self._free(self.project.name)
        return known[name]

    def _is_own_home(self, database: ast.expr, scope: Scope) -> bool:
        """Tell whether it is the name that this module made the ``db`` under."""
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
        for candidate in (f"Db{name}", f"Database{name}", f"{name}OfDatabase"):
            if candidate not in self.bound_names:
                return candidate
        return f"{name}_"

    def bring_beside(self, name: str, neighbour: ast.expr | None, scope: Scope) -> str:
        """Return how a name of the new module is written, imported where its neighbour is.

        :param neighbour: an expression whose first name may be imported in a function, before
            which the new module must not be imported either.
        """
        if self.project.keeps_session_attribute and name == "Session":
            at_hand = self._database_at_hand(scope)
            return f"{at_hand or self.bring('', neighbour, scope)}.Session"
        return self.bring(name, neighbour, scope)

    def bring_database(self, scope: Scope) -> str:
        """Return how the new module itself is written here, and have it imported."""
        return self._database_at_hand(scope) or self.bring("", None, scope)

    def _database_at_hand(self, scope: Scope) -> str:
        """Return the name that the ``db`` has at the top of this module, if a scope sees it."""
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

    def other_name(self, module: str, name: str) -> str:
        """Return how a name of another library is written here, and have it imported."""
        if (module, name) not in self.others:
            self.others[module, name] = name if name not in self.bound_names else f"{name}_"
        return self.others[module, name]

    def want(self, name: str, local: str, anchor: ast.stmt | None) -> None:
        """Import a name of the new module under a given name, at the place of a statement."""
        self.wanted.setdefault(id(anchor) if anchor is not None else None, {})[name] = local

    def want_module(self, local: str) -> None:
        """Import the new module itself under a given name."""
        self.wanted.setdefault(None, {})[""] = local

    # The imports, at the end

    def path_to(self, target: str) -> tuple[str, int]:
        """Return how this file imports a module of the project: dotted, and relative dots."""
        relative, root = self._style
        stem = target[: -len("/__init__.py")] if target.endswith("/__init__.py") else target[:-3]
        if relative:
            here = PurePosixPath(self.path).parent.parts
            there = PurePosixPath(stem).parts
            common = 0
            for mine, its in zip(here, there[:-1], strict=False):
                if mine != its:
                    break
                common += 1
            return ".".join(there[common:]), len(here) - common + 1
        if root and stem.startswith(f"{root}/"):
            stem = stem[len(root) + 1 :]
        return stem.replace("/", "."), 0

    @cached_property
    def _style(self) -> tuple[bool, str]:
        """Tell whether this file imports the project relatively, else from which folder."""
        relative: bool | None = None
        root: str | None = None
        for use in self.scopes.uses:
            node = use.node
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            for alias in node.names:
                module = alias.name if isinstance(node, ast.Import) else node.module or ""
                level = node.level if isinstance(node, ast.ImportFrom) else 0
                found = self.index.find_with_root(self.path, module, level)
                if found is None:
                    continue
                binding = self.binding_of(alias)
                # How the db itself was imported says most.
                says_most = binding is not None and self.bound(binding) == Database()
                if relative is None or says_most:
                    relative = bool(level)
                if not level and (root is None or says_most):
                    root = found[1]
                if says_most:
                    break
        if relative is None:  # it imports nothing of the project; its neighbours do
            relative = any(
                level
                for path, top in self.index.modules.items()
                if self.index.dirname(path) == self.index.dirname(self.path)
                for _, level in top.imports
            )
        if relative and self._shares_package():
            return True, ""
        if root is not None and self.project.wiring.startswith(f"{root}/" if root else ""):
            return False, root
        return False, self.index.root_of(self.project.home)

    def _shares_package(self) -> bool:
        """Tell whether a relative import can reach the new module."""
        top = self.index.top(self.path)
        if top == self.index.dirname(self.path) or top != self.index.top(self.project.wiring):
            return False
        depth = len(PurePosixPath(top).parts) if top else 0
        return (
            PurePosixPath(self.path).parts[depth] == PurePosixPath(self.project.wiring).parts[depth]
        )

    def is_imported_for_effect(self, node: ast.ImportFrom, alias: ast.alias) -> bool:
        """Tell whether an import of the ``db`` also runs a module that nothing else runs here.

        A script that imports the ``db`` from where the models or the app are counts on them.
        """
        if len(node.names) > 1 or any(
            self.index.is_model(Class(self.path, name)) for name in self._class_names
        ):
            return False
        found = self.index.find(self.path, node.module or "", node.level)
        if found is None or (found == self.project.home and not self.project.home_acts):
            return False
        wiring = PurePosixPath(self.project.wiring)
        if found.endswith("/__init__.py"):
            # A package is imported with what is in it.
            return not wiring.is_relative_to(PurePosixPath(found).parent)
        return not any(
            isinstance(use.node, ast.ImportFrom)
            and use.node is not node
            and self.index.find(self.path, use.node.module or "", use.node.level) == found
            for use in self.scopes.uses
        )

    @property
    def _class_names(self) -> list[str]:
        return [node.name for node in self.tree.body if isinstance(node, ast.ClassDef)]

    def import_lines(self, names: dict[str, str]) -> list[str]:
        """Return the imports of names of the new module; the empty name is the module itself."""
        module, level = self.path_to(self.project.wiring)
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

    def finish(self) -> str | None:
        """Return the text with everything changed, or nothing where nothing is."""
        imports.finish(self)
        if not self.source.edits:
            return None
        return _without_new_blank_ends(self.source.text, self.source.result())


def _without_new_blank_ends(before: str, after: str) -> str:
    """Return a text without the blank lines that it begins and ends with only since it changed."""
    if before[:1] not in "\r\n":
        after = after.lstrip("\r\n")
    body = after.rstrip("\r\n")
    end, had = after[len(body) :], before[len(before.rstrip("\r\n")) :]
    newline = end[:2] if end.startswith("\r\n") else end[:1]
    return body + min(end, had or newline, key=len) if body else after
