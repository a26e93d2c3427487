"""`python -m benchmarks.convert.sizes`: how much a conversion writes."""

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.convert.sizes import changed_lines, lines_of_code

from hipflask.project import Change

ROOT = Path(__file__).parents[2]
DB = "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n"
MODEL = """from extensions import db


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


def sizes(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.convert.sizes", *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def project(root: Path, models: str) -> Path:
    root.mkdir()
    (root / "extensions.py").write_text(DB)
    (root / "models.py").write_text(models)
    (root / "requirements.txt").write_text("Flask-SQLAlchemy==3.1.1\n")
    return root


def test_each_project_has_a_row_then_come_median_and_maximum(tmp_path: Path) -> None:
    small = project(tmp_path / "small", MODEL)
    large = project(tmp_path / "large", MODEL + "\n\nusers = User.query.paginate(page=1)\n")
    (large / "app.py").write_text("from flask_migrate import Migrate\n\nmigrate = Migrate()\n")
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = sizes(small, large)
    assert done.returncode == 0, done.stderr
    head, _, *rows = [cells(line) for line in done.stdout.splitlines()]
    assert head[0] == "project"
    assert [row[0] for row in rows] == ["small", "large", "median", "maximum"]
    new = [float(row[head.index("all new")]) for row in rows]
    assert new[0] < new[1] == new[3]
    assert new[2] == sum(new[:2]) / 2
    parts = [[float(cell) for cell in row[1:4]] for row in rows[:2]]
    assert [sum(each) for each in parts] == new[:2]
    assert parts[0][1] == 0 < parts[1][1]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_a_project_that_is_not_converted_has_a_row_that_says_so(tmp_path: Path) -> None:
    refused = project(tmp_path / "refused", MODEL)
    (refused / "requirements.txt").write_text("SQLAlchemy==1.3\n")
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "app.py").write_text("print()\n")
    done = sizes(refused, plain)
    rows = [cells(line) for line in done.stdout.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["refused", "refused"], ["plain", "nothing to convert"]]


def test_without_a_path_it_says_how_it_is_used() -> None:
    done = sizes()
    assert done.returncode == 1
    assert done.stderr == "usage: python -m benchmarks.convert.sizes PATH...\n"


def test_the_speed_is_still_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.convert", "500"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "files changed" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\n\n\n# why\ny = 2  # why\n", 2),
        ('"""A module.\n\nOf three lines.\n"""\n\nimport os\n', 1),
        ('class A:\n    """A."""\n\n    def f(self):\n        """F."""\n        return 1\n', 3),
        ('async def f():\n    """F."""\n', 1),
        ("x = (\n    1,\n    # why\n    2,\n)\n", 4),
        ('x = """a\n\nb"""\n', 3),
        ("", 0),
    ],
)
def test_blanks_comments_and_docstrings_are_no_code(text: str, lines: int) -> None:
    assert lines_of_code(text) == lines


@pytest.mark.parametrize(
    ("after", "lines"),
    [(b"a\nb\nc\n", 0), (b"a\nB\nc\n", 1), (b"a\nc\n", 1), (b"a\nb\nx\ny\nc\n", 2), (None, 3)],
)
def test_a_line_that_is_replaced_counts_once(after: bytes | None, lines: int) -> None:
    assert changed_lines(Change("a.py", b"a\nb\nc\n", after)) == lines
