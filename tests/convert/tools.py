"""What the tests of the converter share: each case is compiled, and converted a second time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from hipflask.convert.outcome import Outcome
from hipflask.convert.pipeline import convert
from hipflask.project import File, Tree

EXTENSIONS = """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
"""
MODELS = """\
from app.extensions import db


class User(db.Model):
    __tablename__ = "user"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80))
"""
BLOCKED = """\
import sys

for name in ("flask_sqlalchemy", "flask_migrate"):
    sys.modules[name] = None
"""


def tree(files: dict[str, str], root: Path = Path("/nowhere")) -> Tree:
    """Return a project of an app that has a ``db`` and a model ``User``."""
    everything = {"app/__init__.py": "", "app/extensions.py": EXTENSIONS, "app/models.py": MODELS}
    everything |= {path: textwrap.dedent(text) for path, text in files.items()}
    return Tree(root, {path: File(path, text.encode()) for path, text in everything.items()})


def converted(before: Tree) -> tuple[Outcome, dict[str, str]]:
    """Return what comes of a project, once it is sure that it compiles and stays as it is."""
    outcome = convert(before)
    files = dict(before.files)
    for change in outcome.changes:
        if change.after is None:
            del files[change.path]
        else:
            files[change.path] = File(change.path, change.after)
    for path, file in files.items():
        if path.endswith(".py") and path in {change.path for change in outcome.changes}:
            compile(file.text, path, "exec")
    again = convert(Tree(before.root, files))
    assert again.changes == [], "a second run changes something"
    return outcome, {path: file.text for path, file in files.items()}


def check_converted(before: str, after: str, path: str = "app/views.py", **others: str) -> Outcome:
    """Check what a file of a project becomes."""
    files = {
        path: before,
        **{name.replace("__", "/") + ".py": text for name, text in others.items()},
    }
    outcome, texts = converted(tree(files))
    assert texts[path] == textwrap.dedent(after)
    return outcome


def check_noop(text: str, path: str = "app/views.py", **others: str) -> Outcome:
    """Check that a file of a project stays as it is."""
    return check_converted(text, text, path, **others)


def run(root: Path, files: dict[str, str], script: str, python: str = sys.executable) -> str:
    """Convert a project, run a script in it without Flask-SQLAlchemy, and return what it prints.

    The script must print the same before the conversion, with Flask-SQLAlchemy.

    :param python: an interpreter that has what the project requires.
    """
    before = tree({**files, "script.py": script}, root)
    _outcome, texts = converted(before)
    first, second = root / "before", root / "after"
    for folder, content in (
        (first, {path: file.text for path, file in before.files.items()}),
        (second, texts),
    ):
        for path, text in content.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    (second / "sitecustomize.py").write_text(BLOCKED)
    expected = _printed(first, python)
    assert _printed(second, python) == expected, "the conversion changes what is printed"
    return expected


def _printed(folder: Path, python: str) -> str:
    done = subprocess.run(
        [python, "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
