"""Blocks packages from import in every Python below it, also in those that tests start.

It is copied to a folder of its own, which comes first in PYTHONPATH. Beside it lies the file
``blocked``, with a package in each line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution
from importlib.util import module_from_spec
from pathlib import Path
from types import FrameType
from typing import Any

FOLDER = Path(__file__).resolve().parent


class Blocker(MetaPathFinder):
    """Finds nothing but the packages that must not be imported, and says so."""

    def __init__(self, packages: frozenset[str]) -> None:
        self.packages = packages

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Raise ModuleNotFoundError for a package that is blocked."""
        if fullname.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: hipflask convert blocks it, to prove that nothing"
                f" imports it any more, but {importer()} does",
                name=fullname,
            )
        return None


def importer() -> str:
    """Return the place of the import that is under way."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name != __file__ and "importlib" not in name:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return "something"


def hide(packages: frozenset[str]) -> None:
    """Hide that the packages are installed: old ones have entry points, which Flask imports."""
    discover = Distribution.discover

    def others(**arguments: Any) -> Iterator[Distribution]:
        for distribution in discover(**arguments):
            # Its name is in its folder's, which is far faster than to read its metadata.
            path = Path(str(getattr(distribution, "_path", "")))
            name = path.name.partition("-")[0] if path.suffix == ".dist-info" else path.stem
            if name.lower().replace("-", "_").replace(".", "_") not in packages:
                yield distribution

    setattr(Distribution, "discover", staticmethod(others))  # noqa: B010


def start() -> None:
    """Block the packages, and run the sitecustomize that this one hides."""
    try:
        packages = frozenset((FOLDER / "blocked").read_text().split())
    except OSError:
        packages = frozenset()
    sys.meta_path.insert(0, Blocker(packages))
    if packages:
        hide(packages)
    # Without it nobody would notice a command that clears PYTHONPATH, and so blocks nothing.
    (FOLDER / "started").touch()
    hidden = PathFinder.find_spec(
        "sitecustomize", [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
    )
    if hidden is not None and hidden.loader is not None:
        hidden.loader.exec_module(module_from_spec(hidden))


if __name__ == "sitecustomize":
    start()
