"""A project is small enough to be owned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hipflask.new.databases import DATABASES

from .conftest import Run, files


@pytest.mark.parametrize("database", DATABASES)
def test_a_project_has_at_most_40_files_and_2500_lines_beside_its_pins(
    hipflask: Run, tmp_path: Path, database: str
) -> None:
    assert hipflask("new", "shop", "--database", database).returncode == 0
    lines = {
        name: body.count(b"\n")
        for name, body in files(tmp_path / "shop").items()
        if not re.fullmatch(r"requirements/.*\.txt", name)
    }
    longest = sorted(lines, key=lambda name: -lines[name])[:8]
    assert len(lines) <= 40, sorted(lines)
    assert sum(lines.values()) <= 2500, {name: lines[name] for name in longest}
