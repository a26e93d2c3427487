"""The results that docs/convert.md shows are what is written, and they run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hipflask.convert.pipeline import convert
from hipflask.project import File, Tree, read

from .tools import BLOCKED

REPOSITORY = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- (before|after): (\S+) (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
SHOWN = BLOCK.findall((REPOSITORY / "docs/convert.md").read_text())
SCRIPT = """\
from {package} import create_app, models
from {package}.db import Session

app = create_app({settings})
with app.app_context():
    for mapper in models.Base.registry.mappers:
        mapper.local_table.metadata.create_all(Session.get_bind(mapper))
        print(Session.query(mapper).count())
"""


IN_MEMORY = 'SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_BINDS={"log": "sqlite://"}'


def blocks(kind: str, project: str) -> dict[str, str]:
    return {path: text for k, name, path, text in SHOWN if (k, name) == (kind, project)}


def tree(project: str) -> Tree:
    """Return a project as the document shows it, or a folder that it names."""
    shown = blocks("before", project)
    files = {path: File(path, text.encode()) for path, text in shown.items()}
    return Tree(REPOSITORY, files) if files else read(REPOSITORY / project)


@pytest.mark.parametrize("project", ["shop", "docs/blog", "binds"])
def test_a_result_in_the_document_is_what_is_written(project: str) -> None:
    written = {change.path: change.after for change in convert(tree(project)).changes}
    shown = blocks("after", project)
    assert shown
    for path, text in shown.items():
        assert (written[path] or b"").decode() == text


@pytest.mark.parametrize(
    ("project", "package", "settings"),
    [("shop", "shop", ""), ("docs/blog", "blog", ""), ("binds", "shop", IN_MEMORY)],
)
def test_a_result_in_the_document_runs(
    tmp_path: Path, project: str, package: str, settings: str
) -> None:
    before = tree(project)
    files = {path: file.data for path, file in before.files.items()}
    files |= {change.path: change.after or b"" for change in convert(before).changes}
    files |= {
        "sitecustomize.py": BLOCKED.encode(),
        "script.py": SCRIPT.format(package=package, settings=settings).encode(),
    }
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    environment = {"PYTHONPATH": str(tmp_path), "SHOP_DATABASE": "sqlite://"}
    command = [sys.executable, "script.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {"0"}
