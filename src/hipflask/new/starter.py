"""The starter: its folder, and the files of it that a project gets."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# Beside this package in a wheel, at the root of a checkout.
FOLDERS = (PACKAGE / "starter", PACKAGE.parents[1] / "starter")


def folder() -> Path:
    """Return the folder of the starter, in a wheel or in a checkout."""
    return next(path for path in FOLDERS if (path / "pyproject.toml").exists())


def files() -> Iterator[Path]:
    """Find the files that a project gets, relative to the folder: those that git does not ignore."""
    root = folder()
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.rstrip("/") for line in lines if line and not line.startswith("#")]
    ignored.append(".*_cache")  # of pytest, mypy and ruff, which ignore themselves

    def kept(names: list[str]) -> list[str]:
        return sorted(
            name for name in names if not any(fnmatch(name, pattern) for pattern in ignored)
        )

    for path, folders, names in os.walk(root):
        folders[:] = kept(folders)
        yield from (Path(path, name).relative_to(root) for name in kept(names))
