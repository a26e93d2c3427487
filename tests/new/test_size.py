"""A project is small enough to be owned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hipflask.new.databases import DATABASES

from .conftest import Run, files


@pytest.mark.parametrize("database", DATABASES)
def test_a_project_has_at_most_40_files_beside_its_pins(
    hipflask: Run, tmp_path: Path, database: str
) -> None:
    assert hipflask("new", "shop", "--database", database).returncode == 0
    found = [
        name for name in files(tmp_path / "shop") if not re.fullmatch(r"requirements/.*\.txt", name)
    ]
    assert len(found) <= 40, sorted(found)
