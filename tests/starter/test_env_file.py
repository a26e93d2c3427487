"""The file .env beside pyproject.toml is read by whatever loads the app or its migrations."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import clean, serving

PROJECT = Path(__file__).parents[2] / "starter"
BIN = Path(sys.executable).parent

PRINT = "import os; from starter import create_app; print(create_app().config['SQLALCHEMY_URL'])"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, whose .env names a database."""
    copy = tmp_path / "project"
    ignore = shutil.ignore_patterns("__pycache__", "instance", ".venv*", ".env")
    shutil.copytree(PROJECT, copy, ignore=ignore)
    (copy / ".env").write_text("SQLALCHEMY_URL=sqlite:///from_env_file.sqlite\nFLASK_POOL_SIZE=9\n")
    return copy


def run(project: Path, cwd: Path, *command: str, **environment: str) -> str:
    """Run a command and return what it printed, on both channels."""
    settings = {"PYTHONPATH": str(project / "src"), "FLASK_SKIP_DOTENV": "", **environment}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=clean(settings),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("where", [".", "requirements", ".."])
def test_flask_and_a_server_find_the_same_database_from_any_folder(
    project: Path, where: str
) -> None:
    assert "sqlite:///from_env_file.sqlite\n" in run(project, project / where, "-c", PRINT)
    shell = "from flask import current_app; print(current_app.config['SQLALCHEMY_URL'])"
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "starter", "shell"],
        cwd=project / where,
        env=clean({"PYTHONPATH": str(project / "src"), "FLASK_SKIP_DOTENV": ""}),
        input=shell,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "sqlite:///from_env_file.sqlite\n" in done.stdout, done.stderr


def test_alembic_migrates_the_database_that_the_file_names(project: Path) -> None:
    run(project, project, "-m", "alembic", "upgrade", "head")
    assert (project / "from_env_file.sqlite").exists()
    assert not (project / "instance").exists()


def test_gunicorn_has_the_threads_that_the_file_asks_for(project: Path) -> None:
    said = run(project, project, "-m", "gunicorn", "--print-config")
    assert re.search(r"^threads\s+= 9$", said, re.MULTILINE)


def test_a_variable_of_the_environment_wins_over_the_file(project: Path) -> None:
    said = run(project, project, "-c", PRINT, SQLALCHEMY_URL="sqlite:///from_variable.sqlite")
    assert "sqlite:///from_variable.sqlite\n" in said
    other = "sqlite:///other.sqlite"
    run(project, project, "-m", "alembic", "upgrade", "head", SQLALCHEMY_URL=other)
    assert (project / "other.sqlite").exists()
    assert not (project / "from_env_file.sqlite").exists()


def test_flask_run_without_app_finds_the_app_in_the_folder_of_the_project(
    project: Path, tmp_path: Path
) -> None:
    settings = {"PYTHONPATH": str(project / "src"), "FLASK_SKIP_DOTENV": ""}
    command = [sys.executable, "-m", "flask", "run", "--port", "{port}"]
    with serving(tmp_path, settings, *command, cwd=project) as server:
        assert server.ask("GET", "/healthz")[0] == 200
