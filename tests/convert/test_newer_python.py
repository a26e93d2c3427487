"""Files that only the project's own Python can parse."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hipflask.convert.command import convert as command
from hipflask.convert.pipeline import convert
from hipflask.project import File, Tree

from ..newer import SYNTAX, interpreter
from .tools import EXTENSIONS, MODELS, tree

VIEWS = f"""\
from app.extensions import db
from app.models import User


def count():
    try:
        return db.session.query(User).count(), User.query.all()
    {SYNTAX}
        db.session.rollback()
"""
AFTER = f"""\
from app.db import Session
from app.models import User


def count():
    try:
        return Session.query(User).count(), Session.query(User).all()
    {SYNTAX}
        Session.rollback()
"""
# The trees of a process are kept by their texts.
UNREAD = f"# nobody parses this\n{VIEWS}"


def texts(project: Tree) -> dict[str, str]:
    outcome = convert(project)
    assert outcome.findings == []
    return {change.path: (change.after or b"").decode() for change in outcome.changes}


def test_a_file_that_only_the_project_s_python_parses_is_converted(tmp_path: Path) -> None:
    project = replace(tree({"app/views.py": VIEWS}), interpreter=interpreter(tmp_path))
    files = texts(project)
    assert files["app/views.py"] == AFTER
    assert "def __getattr__(" not in files["app/db.py"]


def test_the_db_and_the_models_may_be_in_such_a_file(tmp_path: Path) -> None:
    odd = f"\n\ndef f():\n    try:\n        pass\n    {SYNTAX}\n        pass\n"
    files = {"app/extensions.py": EXTENSIONS + odd, "app/models.py": MODELS + odd}
    after = texts(replace(tree(files), interpreter=interpreter(tmp_path)))
    assert after["app/extensions.py"].startswith("from app import db\n")
    assert "class User(Base):" in after["app/models.py"]


def test_a_file_that_nobody_parses_stays_and_is_said_to_be_unread() -> None:
    outcome = convert(tree({"app/views.py": UNREAD}))
    assert outcome.facts.unread == ("app/views.py",)
    assert [(f.path, f.rule) for f in outcome.findings] == [("app/views.py", "syntax")]


def test_a_file_that_nobody_parses_and_that_does_not_use_the_db_is_no_hindrance() -> None:
    outcome = convert(tree({"tools/old.py": "print 'hello'\n"}))
    assert outcome.facts.unread == ()


def test_a_db_that_may_be_made_in_what_nobody_parses_is_refused() -> None:
    project = Tree(Path("/nowhere"), {"app.py": File("app.py", f"{EXTENSIONS}$\n".encode())})
    outcome = convert(project)
    assert outcome.facts.refused
    assert "It may create the db" in outcome.findings[0].reason


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, file in tree({"app/views.py": UNREAD}).files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(file.text)
    return root


def test_nothing_is_written_while_a_file_that_uses_the_db_is_unread(project: Path) -> None:
    done = CliRunner().invoke(command, [str(project), "--write"])
    assert done.exit_code == 2
    assert "cannot be parsed: app/views.py" in done.output
    assert not (project / "app/db.py").exists()
    assert CliRunner().invoke(command, [str(project), "--check"]).exit_code == 1


def test_force_writes_all_the_same(project: Path) -> None:
    done = CliRunner().invoke(command, [str(project), "--write", "--force"])
    assert done.exit_code == 0
    assert (project / "app/db.py").exists()
    assert (project / "app/views.py").read_text() == UNREAD
