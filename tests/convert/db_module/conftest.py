"""Runs a case on a version of Flask-SQLAlchemy, before and after the conversion."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..versions import Versions
from .cases import APP, START, Printed


@pytest.fixture
def printed(versions: Versions, tmp_path: Path) -> Printed:
    """Return what a script prints, with models and other modules of its project."""

    def run(models: str, script: str, **others: str) -> list[str]:
        files = {"app/__init__.py": APP, "app/models.py": models}
        files |= {f"app/{name}.py": text for name, text in others.items()}
        return versions.printed(tmp_path, files, START + script)

    return run
