"""Finds the folder of a project, given a folder in it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from .. import git
from .files import TreeError, paths
from .requirements import is_requirements

MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "environment.yml")
NAMES_EXTENSION = re.compile(rb"flask[-_.]sqlalchemy", re.IGNORECASE)
IMPORTED = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?\s*(\w+)|import[ \t]+([\w.]+))", re.MULTILINE
)


def find_root(folder: Path) -> Path:
    """Return the folder of the project that a folder is a part of; the folder itself, if it is all.

    A package is a part of what it is imported from, and a folder a part of where its requirements
    are, and of where it is imported.

    :raises TreeError: it is a package, and nothing shows where its project begins.
    """
    if not folder.is_dir():
        return folder  # for which there is an error of its own
    given = folder.resolve()
    top = git.top(given)
    root = given
    while root != top and (root / "__init__.py").exists() and not _manifests(root):
        root = root.parent
    if top is None and root != given and not _manifests(root):
        raise TreeError(
            f"{folder} is a package, which is a part of a project. Give the folder of the "
            f"project, such as {root}."
        )
    if top is None:
        above = (f for f in (root, *root.parents) if _manifests(f))
        top = next(above, root)
    if not _names_extension(root):
        between = [f for f in root.parents if f == top or f.is_relative_to(top)]
        root = next((f for f in between if _names_extension(f)), root)
    if root != top:
        root = _with_importers(root, top)
    return folder if root == given else root


def _manifests(folder: Path) -> list[Path]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [folder / name for name in names if name in MANIFESTS or is_requirements(name)]


def _names_extension(folder: Path) -> bool:
    inside = folder / "requirements"
    files = [*_manifests(folder), *(inside.glob("*.txt") if inside.is_dir() else [])]
    return any(NAMES_EXTENSION.search(file.read_bytes()) for file in files if file.is_file())


def _with_importers(root: Path, top: Path) -> Path:
    """Return the folder that also holds the files that import a module of the folder."""
    found = root
    for path in paths(top):
        file = top / path
        if file.suffix != ".py" or (file.is_relative_to(found) and found != root):
            continue
        for module in _imported(file):
            if (
                not file.is_relative_to(root)
                and _is_in(root, module)
                and not _is_near(file, module, root)
            ):
                found = Path(os.path.commonpath([found, file.parent]))
            elif (
                module[0] == root.name
                and _is_in(root.parent, module)
                and not _is_in(root, module)
                and file.is_relative_to(root.parent)
            ):
                found = Path(os.path.commonpath([found, root.parent]))
    return found


def _imported(file: Path) -> list[tuple[str, ...]]:
    """Return the modules that a file imports by their whole names, and what it imports from them."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = [
        (*(match[1] or match[3]).split("."), *([match[2]] if match[2] else []))
        for match in IMPORTED.finditer(text)
    ]
    return [name for name in found if name[0] and name[0] not in sys.stdlib_module_names]


def _is_in(folder: Path, module: tuple[str, ...]) -> bool:
    """Return whether a module can be imported from a folder."""
    first = folder / module[0]
    if first.with_suffix(".py").is_file() or (first / "__init__.py").is_file():
        return True
    # A folder that is no package has modules, but can have the name of an installed package.
    return len(module) > 1 and first.is_dir() and _is_in(first, module[1:])


def _is_near(file: Path, module: tuple[str, ...], root: Path) -> bool:
    """Return whether a module of the same name is beside a file or above it."""
    return any(_is_in(folder, module) for folder in file.parents if folder != root)
