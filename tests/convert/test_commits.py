"""``--write --commit``: a conversion as commits that can be reviewed one by one."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from click.testing import CliRunner, Result

from hipflask.cli import main

from ..writing.test_commits import git, hook, subjects
from .tools import EXTENSIONS, MODELS

FILES = {
    "app/__init__.py": "",
    "wsgi.py": """\
from flask import Flask
from flask_migrate import Migrate

from app.extensions import db

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)
migrate = Migrate(app, db)
""",
    "app/extensions.py": EXTENSIONS,
    "app/models.py": MODELS,
    "app/views.py": "from app.extensions import db\n\n\ndef f():\n    return g(db), g(db)\n",
    "requirements.txt": "Flask-SQLAlchemy==3.1.1\nFlask-Migrate==4.0.7\nSQLAlchemy==2.0.36\n",
}
COMMITS = [
    "Use SQLAlchemy without Flask-SQLAlchemy",
    "Run migrations with Alembic instead of Flask-Migrate",
    "Require SQLAlchemy and Alembic instead of their Flask extensions",
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    git(root, "init", "--initial-branch=main")
    git(root, "config", "user.name", "Ann")
    git(root, "config", "user.email", "ann@example.org")
    (root / ".gitignore").write_text("__pycache__\n")
    git(root, "add", ".")
    git(root, "commit", "--message=first")
    return root


def run(root: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["convert", str(root), *options])


def test_each_step_is_a_commit_with_what_and_why(root: Path) -> None:
    done = run(root, "--write", "--commit")
    assert done.exit_code == 0
    assert subjects(root) == ["first", *COMMITS]
    assert git(root, "status", "--porcelain") == ""
    assert [line.split(" ", 2)[2] for line in done.stderr.splitlines()[-3:]] == COMMITS
    models, migrations, requirements = (
        git(root, "show", "--name-only", f"--format=%b{'-' * 10}", f"HEAD~{back}").split("-" * 10)
        for back in (2, 1, 0)
    )
    assert "app/db.py has the base of the models, the session" in models[0]
    assert "- The db object is passed on as a whole: 1 place\n" in models[0]
    assert all(len(line) <= 72 for line in models[0].splitlines())
    assert models[1].split() == ["app/db.py", "app/extensions.py", "app/models.py"]
    assert "The migrations stay, and it has the commands that it had." in " ".join(
        migrations[0].split()
    )
    assert "wsgi.py" in migrations[1].split()
    assert "requirement" in requirements[0]
    assert requirements[1].split() == ["requirements.txt"]


def test_the_result_is_the_same_as_without_commits(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", str(root), "plain")
    run(tmp_path / "plain", "--write")
    run(root, "--write", "--commit")
    git(tmp_path / "plain", "add", ".")
    assert git(tmp_path / "plain", "write-tree") == git(root, "rev-parse", "HEAD^{tree}")


def test_the_project_can_be_imported_after_each_commit(root: Path) -> None:
    run(root, "--write", "--commit")
    # Flask-Migrate, which the first commit still needs, is not installed here.
    for commit, modules in (("main~2", "app.models"), ("main~1", "wsgi"), ("main", "wsgi")):
        git(root, "checkout", commit)
        code = f"import app.views, {modules}"
        subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_a_hook_that_refuses_a_commit_leaves_all_as_it_was(root: Path) -> None:
    hook(root, "echo E501 in app/db.py; exit 1")
    done = run(root, "--write", "--commit")
    assert done.exit_code == 2
    assert f"The commit {COMMITS[0]!r} failed, and nothing is committed or written." in done.stderr
    assert done.stderr.rstrip().endswith("E501 in app/db.py")
    assert git(root, "status", "--porcelain", "--ignored") == ""
    assert subjects(root) == ["first"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_a_hook_runs_leaves_all_as_it_was(
    root: Path, tmp_path: Path, number: int
) -> None:
    hook(root, f"touch {tmp_path}/runs; sleep 60")
    process = subprocess.Popen(
        [sys.executable, "-m", "hipflask", "convert", str(root), "--write", "--commit"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = monotonic() + 60
    while not (tmp_path / "runs").exists() and monotonic() < deadline:
        sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.endswith("hipflask convert: interrupted; nothing was written.\n")
    assert git(root, "status", "--porcelain", "--ignored") == ""
    assert subjects(root) == ["first"]


def test_a_run_in_a_folder_of_the_project_commits_all_of_it(root: Path) -> None:
    done = run(root / "app", "--write", "--commit")
    assert done.exit_code == 0
    assert subjects(root) == ["first", *COMMITS]
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--commit"], "--commit needs --write."),
        (["--write", "--commit", "--force"], "--commit needs a clean git tree"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    root: Path, options: list[str], said: str
) -> None:
    done = run(root, *options)
    assert done.exit_code == 2
    assert said in done.stderr
    assert git(root, "status", "--porcelain") == ""


def test_a_tree_with_changes_is_refused(root: Path) -> None:
    (root / "app/views.py").write_text("mine = 1\n")
    done = run(root, "--write", "--commit")
    assert done.exit_code == 2
    assert "Not committed: app/views.py. Commit or stash it first" in done.stderr
    assert (root / "app/views.py").read_text() == "mine = 1\n"
    assert subjects(root) == ["first"]


def test_a_proof_that_fails_commits_nothing(root: Path) -> None:
    tests = f"{sys.executable} -c 'import flask_sqlalchemy'"
    done = run(root, "--write", "--commit", "--tests", tests)
    assert done.exit_code == 1
    assert "nothing was written because a proof failed" in done.stderr
    assert subjects(root) == ["first"]
    assert git(root, "status", "--porcelain") == ""
