"""Without a variable the app brings its own database: a copy of the package, in its own folder."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Barrier

import pytest
from running import clean, flask, serving

import starter
from starter import db

SAMPLES = ["First message", "Second message", "Third message"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, which has never run: its instance folder is not there yet."""
    package = Path(starter.__file__).parent
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, tmp_path / "src" / "starter", ignore=ignore)
    shutil.copy(package.parents[1] / "pyproject.toml", tmp_path)
    return tmp_path


def listed(body: bytes) -> list[str]:
    return [message["message"] for message in json.loads(body)]


def test_a_first_start_greets_and_a_later_one_leaves_everything_as_it_is(project: Path) -> None:
    source = {"PYTHONPATH": str(project / "src")}
    with serving(project, source) as server:
        assert server.ask("GET", "/readyz")[0] == 200
        assert listed(server.ask("GET", "/messages")[1]) == SAMPLES
        assert server.ask("DELETE", "/messages/1")[0] == 204
        new = b'{"message": "mine"}'
        assert server.ask("POST", "/messages", new, Content_Type="application/json")[0] == 201
    with serving(project, source) as server:
        assert listed(server.ask("GET", "/messages")[1]) == [*SAMPLES[1:], "mine"]
    with closing(sqlite3.connect(project / "instance" / "app.sqlite")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_many_first_starts_at_once_greet_once(project: Path) -> None:
    began = Barrier(6)

    def start(number: int) -> int:
        folder = project / str(number)
        folder.mkdir()
        began.wait(60)
        with serving(folder, {"PYTHONPATH": str(project / "src")}) as server:
            return server.ask("GET", "/readyz")[0]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(start, range(6))) == [200] * 6
    with closing(sqlite3.connect(project / "instance" / "app.sqlite")) as connection:
        found = connection.execute("SELECT message FROM messages ORDER BY id").fetchall()
    assert found == [(text,) for text in SAMPLES]


def test_a_command_other_than_run_leaves_the_schema_alone(project: Path) -> None:
    done = ask_flask(project, "routes")
    assert done.returncode == 0, done.stderr
    assert not (project / "instance" / "app.sqlite").exists()


def ask_flask(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        flask(*arguments),
        env=clean({"PYTHONPATH": str(project / "src")}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_foreign_keys_hold_on_sqlite(tmp_path: Path) -> None:
    database = db.connect(f"sqlite:///{tmp_path / 'file'}")
    with ExitStack() as closing_later:
        closing_later.callback(database.close)
        for engine in (database.engine, database.reader):
            with engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_alembic_works_on_the_embedded_database_before_the_first_start(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=project,
        env=clean({"PYTHONPATH": str(project / "src")}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (project / "instance" / "app.sqlite").exists()


def test_a_place_that_cannot_be_written_ends_the_start_in_one_line(project: Path) -> None:
    (project / "instance").write_text("a file where the folder should be")
    done = ask_flask(project, "routes")
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "cannot be written" in line
    assert "SQLALCHEMY_URL" in line


def test_a_project_of_another_database_has_no_embedded_one(project: Path) -> None:
    settings = project / "src/starter/settings.py"
    text = settings.read_text()
    assert text.count("\nEMBEDDED = True\n") == 1
    settings.write_text(text.replace("\nEMBEDDED = True\n", "\nEMBEDDED = False\n"))
    for command in ("run", "routes"):
        done = ask_flask(project, command)
        assert done.returncode == 3
        (line,) = done.stderr.splitlines()
        assert line.startswith("starter cannot start: SQLALCHEMY_URL is not set. Did you mean ")
    assert not (project / "instance").exists()


def test_a_new_database_that_is_migrated_by_a_command_is_not_greeted_in(project: Path) -> None:
    assert ask_flask(project, "db", "upgrade").returncode == 0
    with serving(project, {"PYTHONPATH": str(project / "src")}) as server:
        assert listed(server.ask("GET", "/messages")[1]) == []
