"""The tests that a project gets pass on the database it was made for, with nothing skipped."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import servers
from conftest import leave_out
from running import clean

STARTER = Path(__file__).parents[2] / "starter"


@pytest.mark.parametrize("kind", servers.KINDS)
def test_the_owners_tests_pass(kind: str, tmp_path: Path) -> None:
    project = tmp_path / "starter"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "instance")
    shutil.copytree(STARTER, project, ignore=ignored)
    chosen = project / f"tests/database_{kind}.py"
    if chosen.exists():  # the starter itself is tested on SQLite
        chosen.replace(project / "tests/database.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"],
        cwd=project,
        env=clean({"PYTHONPATH": str(project / "src")}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    if missing := re.search(r"RuntimeError: (\S+ is not installed.*)", done.stdout):
        leave_out(kind, servers.Missing(missing[1]))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^=+ \d+ passed in", done.stdout, re.MULTILINE), done.stdout
