"""How a file imports the modules of its project: relatively, or from which folder."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from ...project import Database
from ..survey import Reading


def find(file: Reading) -> tuple[bool, str]:
    """Return whether a file imports its project relatively, and otherwise from which folder."""
    relative: bool | None = None
    root: str | None = None
    for use in file.scopes.uses:
        node = use.node
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for alias in node.names:
            module = alias.name if isinstance(node, ast.Import) else node.module or ""
            level = node.level if isinstance(node, ast.ImportFrom) else 0
            names = (alias.name,) if isinstance(node, ast.ImportFrom) else ()
            found = file.index.find_module_and_root(file.path, module, level, names)
            if found is None:
                continue
            binding = file.binding_of(alias)
            # How the db itself was imported says most.
            says_most = binding is not None and file.bound(binding) == Database()
            if relative is None or says_most:
                relative = bool(level)
            if not level and (root is None or says_most):
                root = found[1]
            if says_most:
                break
    if relative is None:  # it imports nothing of the project; its neighbours do
        relative = any(
            level
            for path, top in file.index.modules.items()
            if file.index.dirname(path) == file.index.dirname(file.path)
            for _, level in top.imports
        )
    if relative and _shares_package(file):
        return True, ""
    if root is not None and file.project.new_module.startswith(f"{root}/" if root else ""):
        return False, root
    return False, file.index.root_of(file.project.home)


def _shares_package(file: Reading) -> bool:
    """Return whether a relative import can reach the new module."""
    top = file.index.top(file.path)
    if top == file.index.dirname(file.path) or top != file.index.top(file.project.new_module):
        return False
    depth = len(PurePosixPath(top).parts) if top else 0
    return (
        PurePosixPath(file.path).parts[depth] == PurePosixPath(file.project.new_module).parts[depth]
    )


def path_to(path: str, target: str, relative: bool, root: str) -> tuple[str, int]:
    """Return how a file imports a module of the project: dotted, and relative dots."""
    stem = target[: -len("/__init__.py")] if target.endswith("/__init__.py") else target[:-3]
    if relative:
        here = PurePosixPath(path).parent.parts
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
