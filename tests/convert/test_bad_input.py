"""Whatever the folder is: clear words, and nothing half-written."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hipflask.convert.command import convert

MODELS = """\
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20))  # a name


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    return app
"""
VIEW = """\
from app import User, db


def all_users():
    return db.session.query(User).all(), User.query.first()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(MODELS)
    (tmp_path / "views.py").write_text(VIEW)
    return tmp_path


def run(root: Path, *options: str) -> Result:
    result = CliRunner().invoke(convert, [str(root), *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and ".git" not in path.parts
    }


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def assert_converted(root: Path) -> None:
    python = b"".join(data for name, data in contents(root).items() if name.endswith(".py"))
    assert b"flask_sqlalchemy" not in python
    assert b"db.Model" not in python


def test_a_project_is_converted(root: Path) -> None:
    assert run(root, "--write").exit_code == 0
    assert_converted(root)
    after = contents(root)
    assert run(root, "--write").exit_code == 0
    assert run(root, "--check").exit_code == 0
    assert contents(root) == after


def test_without_write_nothing_is_written(root: Path) -> None:
    before = contents(root)
    result = run(root)
    assert (result.exit_code, contents(root)) == (0, before)
    assert "--- a/app.py" in result.output


@pytest.mark.parametrize("name", ["nowhere", "file.txt", "empty", "prose"])
def test_what_holds_no_python_is_said_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("a")
    (tmp_path / "empty").mkdir()
    (tmp_path / "prose").mkdir()
    (tmp_path / "prose/README.md").write_text("a")
    result = run(tmp_path / name)
    assert result.exit_code == 2
    assert "Did you mean another folder?" in result.output or "not a folder" in result.output


def test_without_flask_sqlalchemy_there_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import sqlalchemy as sa\n")
    for option in ("--check", "--write"):
        assert run(tmp_path, option).exit_code == 0
    assert contents(tmp_path) == {"a.py": b"import sqlalchemy as sa\n"}


def test_two_extensions_are_refused_in_words(root: Path) -> None:
    (root / "other.py").write_text(MODELS)
    before = contents(root)
    result = run(root, "--write")
    assert (result.exit_code, contents(root)) == (2, before)
    assert "other.py" in result.output


def test_an_extension_within_an_installed_package_is_not_the_projects(root: Path) -> None:
    installed = root / "venv/lib/python3.11/site-packages/shop"
    installed.mkdir(parents=True)
    (root / "venv/pyvenv.cfg").write_text("")
    (installed / "models.py").write_text(MODELS)
    assert run(root, "--write").exit_code == 0
    assert (installed / "models.py").read_text() == MODELS


def test_in_a_package_the_project_is_converted_as_a_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "shop").mkdir()
    (root / "shop/__init__.py").touch()
    (root / "app.py").rename(root / "shop/app.py")
    (root / "views.py").rename(root / "shop/views.py")
    (root / "shop/views.py").write_text(VIEW.replace("from app", "from shop.app"))
    (root / "test_views.py").write_text(VIEW.replace("from app", "from shop.app"))
    (root / "requirements.txt").write_text("flask-sqlalchemy==3.1.1\n")
    git(root, "init")
    monkeypatch.chdir(root / "shop")
    result = CliRunner().invoke(convert, ["--write", "--force"])
    assert f"{root}/shop is a part of the project in {root}, which is converted" in result.stderr
    assert_converted(root)
    assert "db.session" not in (root / "test_views.py").read_text()
    assert "flask-sqlalchemy" not in (root / "requirements.txt").read_text()
    assert CliRunner().invoke(convert, ["--check"]).exit_code == 0


def test_links_in_a_circle_end(root: Path) -> None:
    (root / "again").symlink_to(root)
    (root / "self.py").symlink_to("self.py")
    assert run(root, "--write").exit_code == 0
    assert (root / "again").is_symlink()
    assert_converted(root)


def test_a_link_stays_a_link(root: Path) -> None:
    (root / "linked.py").symlink_to("views.py")
    run(root, "--write")
    assert (root / "linked.py").is_symlink()
    assert_converted(root)


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (VIEW.replace("\n", "\r\n").encode(), b"\r\n"),
        (b"\xef\xbb\xbf" + VIEW.encode(), b"\xef\xbb\xbf"),
        (f"# -*- coding: latin-1 -*-\n# é\n{VIEW}".encode("latin-1"), b"# \xe9\n"),
        (VIEW.replace("    ", "\t").encode(), b"\n\treturn"),
        (VIEW.rstrip("\n").encode(), b".first()"),
        (VIEW.replace("\n\n\n", "\n\x0c\n").encode(), b"\x0c"),
    ],
    ids=["CRLF", "BOM", "latin-1", "tabs", "no last newline", "form feed"],
)
def test_the_bytes_around_a_change_are_kept(root: Path, before: bytes, kept: bytes) -> None:
    (root / "views.py").write_bytes(before)
    assert run(root, "--write").exit_code == 0
    after = (root / "views.py").read_bytes()
    assert kept in after
    assert after.count(b"\r\n") in (0, after.count(b"\n"))
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert after.endswith(b"\n") == before.endswith(b"\n")
    assert b"db.session" not in after
    compile(after, "views.py", "exec")


def test_what_cannot_be_read_is_listed_and_stops_nothing(root: Path) -> None:
    bad = {"bytes.py": b"# \xe9\nfrom app import db\n", "syntax.py": b"from app import db\ndef (\n"}
    for name, data in bad.items():
        (root / name).write_bytes(data)
    assert run(root, "--write").exit_code == 2
    result = run(root, "--write", "--force")
    assert result.exit_code == 0
    assert "bytes.py" in result.output
    assert "syntax.py:2" in result.output
    assert {name: contents(root)[name] for name in bad} == bad
    assert_converted(root)


def test_a_notebook_and_a_generated_file_are_spoken_of(root: Path) -> None:
    (root / "look.ipynb").write_text('{"cells": [{"source": ["db.session.query(User)"]}]}')
    (root / "made.py").write_text(f"# Generated by a tool, do not edit.\n{VIEW}# db.session\n")
    result = run(root, "--write")
    assert "look.ipynb" in result.output
    assert "made.py" in result.output


def test_a_git_tree_with_changes_is_refused_unless_told(root: Path) -> None:
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "a")
    (root / "views.py").write_text(f"{VIEW}\n# a thought\n")
    before = contents(root)
    result = run(root, "--write")
    assert (result.exit_code, contents(root)) == (2, before)
    assert "Not committed: views.py" in result.output
    assert run(root, "--write", "--force").exit_code == 0
    assert b"# a thought" in contents(root)["views.py"]
    assert_converted(root)


def test_a_file_that_changes_while_it_runs_stops_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(root)
    link = os.link

    def edit(source: Path, target: Path) -> None:
        (root / "views.py").write_text("mine = 1\n")
        link(source, target)

    monkeypatch.setattr(os, "link", edit)
    result = run(root, "--write")
    assert result.exit_code == 2
    assert "views.py has changed since it was read. Run again." in result.output
    assert contents(root) == before | {"views.py": b"mine = 1\n"}


def start(root: Path, *before: str, then: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, in which something happens in mid-write."""
    code = (
        "import os, signal, sys\n"
        "from hipflask.convert.command import convert\n"
        "def watch(event, arguments):\n"
        "    if event == 'os.rename' and 'hipflask' in str(arguments[0]):\n"
        f"        {then or 'pass'}\n"
        "sys.addaudithook(watch)\n"
        f"convert([{str(root)!r}, '--write'])\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*before, sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_ctrl_c_in_mid_write_leaves_all_as_it_was(root: Path) -> None:
    before = contents(root)
    done = start(root, then="os.kill(os.getpid(), signal.SIGINT)")
    assert (done.returncode, contents(root)) == (2, before)
    assert "nothing was written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_was_killed_is_undone_by_the_next(root: Path) -> None:
    before = contents(root)
    done = start(root, then="globals().update(n=globals().get('n', 0) + 1); "
                 "n > 1 and os.kill(os.getpid(), signal.SIGKILL)")  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert contents(root) != before
    result = run(root)
    assert result.exit_code == 2
    assert "Run again with --write" in result.output
    assert run(root, "--write").exit_code == 0
    assert_converted(root)
    assert not [name for name in contents(root) if ".hipflask" in name]


def test_a_full_disk_leaves_all_as_it_was(root: Path) -> None:
    before = contents(root)
    done = start(root, "sh", "-c", 'ulimit -f 1; exec "$0" "$@"')
    assert (done.returncode, contents(root)) == (2, before)
    assert "File too large" in done.stderr
    assert "Nothing was written" in done.stderr
    assert "Traceback" not in done.stderr


def test_modes_are_kept(root: Path) -> None:
    (root / "views.py").chmod(0o755)
    run(root, "--write")
    assert stat.S_IMODE((root / "views.py").stat().st_mode) == 0o755


def test_what_node_installed_is_not_the_projects(root: Path) -> None:
    shutil.copytree(root, root / "node_modules/copy")
    assert run(root, "--write").exit_code == 0
    assert (root / "node_modules/copy/app.py").read_text() == MODELS


def test_a_line_is_no_emoji(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n"
    )
    (tmp_path / "views.py").write_text("from app import db\n" + "\n" * 98 + "db.frobnicate()\n")
    result = CliRunner().invoke(convert, [str(tmp_path)])
    assert "views.py:100 (db.frobnicate)" in result.stderr
