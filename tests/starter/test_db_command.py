"""``flask db``: Alembic under the names that people type, installed or not, from any folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic.runtime.migration import MigrationContext
from flask.testing import FlaskCliRunner
from running import clean, flask

from starter import create_app

PROJECT = Path(__file__).parents[2] / "starter"

FAILING = """
from alembic import op

revision, down_revision = "0002", "0001"
branch_labels = depends_on = None


def upgrade():
    op.execute("SELECT nonsense")


def downgrade():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that has never run."""
    ignore = shutil.ignore_patterns("__pycache__", "instance", ".venv*", ".env")
    return Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=ignore))


def run(
    project: Path, *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        flask(*arguments),
        cwd=cwd or project,
        env=clean({"PYTHONPATH": str(project / "src"), **environment}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskCliRunner]:
    """Runs commands in this process, on an empty database."""
    monkeypatch.setenv("SQLALCHEMY_URL", f"sqlite:///{tmp_path}/app.sqlite")
    app = create_app()
    yield app.test_cli_runner()
    app.extensions["database"].close()


def test_upgrade_and_downgrade_have_the_defaults_that_people_expect(
    runner: FlaskCliRunner,
) -> None:
    engine = runner.app.extensions["database"].engine
    for arguments, expected in [
        (["upgrade"], "0001"),
        (["downgrade"], None),
        (["upgrade", "head"], "0001"),
        (["downgrade", "-1"], None),
        (["-x", "a=b", "upgrade", "+1"], "0001"),
        (["downgrade", "base"], None),
        (["stamp", "head"], "0001"),
        (["stamp", "--purge"], "0001"),
    ]:
        result = runner.invoke(args=["db", *arguments])
        assert result.exit_code == 0, result.output
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert context.get_current_revision() == expected, arguments


def test_history_and_sql_are_printed(project: Path) -> None:
    assert "<base> -> 0001 (head), The messages." in run(project, "db", "history").stdout
    assert "CREATE TABLE messages" in run(project, "db", "upgrade", "--sql").stdout


def test_migrate_writes_a_formatted_revision_of_what_has_changed(project: Path) -> None:
    run(project, "db", "upgrade").check_returncode()
    models = project / "src/starter/models.py"
    models.write_text(
        models.read_text().replace(
            "    def __repr__", "    author: Mapped[str | None]\n\n    def __repr__"
        )
    )
    done = run(project, "db", "migrate", "-m", "say who", "--rev-id", "0002")
    assert done.returncode == 0, done.stderr
    versions = project / "src/starter/migrations/versions"
    assert "author" in (versions / "0002_say_who.py").read_text()
    formatted = [sys.executable, "-m", "ruff", "format", "--check", str(versions)]
    subprocess.run(formatted, check=True, cwd=project, capture_output=True)
    assert run(project, "db", "check").returncode == 1
    assert run(project, "db", "upgrade").returncode == 0
    assert run(project, "db", "check").returncode == 0
    done = run(project, "db", "revision", "-m", "upgrade", "--rev-id", "0003")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ([], "usage: flask db "),
        (["--help"], "Create a revision from what differs"),
        (["upgrade", "--help"], "usage: flask db upgrade "),
    ],
)
def test_help_is_shown(runner: FlaskCliRunner, arguments: list[str], shown: str) -> None:
    result = runner.invoke(args=["db", *arguments])
    assert (result.exit_code, shown in result.stdout) == (0, True)


def test_an_unknown_revision_is_one_line(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["db", "upgrade", "nonsense"])
    assert result.exit_code == 1
    assert "Error: Can't locate revision identified by 'nonsense'" in result.stderr


def test_a_failing_migration_is_one_line_and_the_traceback_comes_on_request(
    project: Path,
) -> None:
    (project / "src/starter/migrations/versions/0002_failing.py").write_text(FAILING)
    told = (
        "OperationalError: no such column: nonsense "
        "(to see the traceback: flask --app starter db --raiseerr upgrade)"
    )
    done = run(project, "db", "upgrade")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"Error: {told}"
    assert "Traceback" not in done.stderr
    done = run(project, "run")
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("starter cannot start: ")
    assert line.endswith(f"app.sqlite cannot be migrated: {told}")
    assert 'op.execute("SELECT nonsense")' in run(project, "db", "--raiseerr", "upgrade").stderr
    assert run(project, "routes").returncode == 0


def test_an_installed_wheel_migrates_from_any_folder(project: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(build, cwd=project, check=True, capture_output=True, timeout=300)
    (wheel,) = (project / "dist").glob("*.whl")
    site = tmp_path / "site-packages"
    ZipFile(wheel).extractall(site)
    database = f"sqlite:///{tmp_path}/served.sqlite"
    for arguments in (["db", "upgrade"], ["populate", "3"]):
        done = run(project, *arguments, cwd=tmp_path, PYTHONPATH=str(site), SQLALCHEMY_URL=database)
        assert done.returncode == 0, done.stderr
    assert "3 messages written" in done.stdout
