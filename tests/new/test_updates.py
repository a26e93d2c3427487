"""`hipflask diff`: what the starter has gained, as a patch that keeps what was changed since."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run

REPOSITORY = Path(__file__).parents[2]
LATER = "0.2.0"
GAINED = '"""The way to the database, of which a later version says more: ``Session``'


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=me", "-c", "user.email=me@localhost", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this version, as an index would have it, and one that comes after it."""
    folder = tmp_path_factory.mktemp("versions")
    later = folder / "later"
    ignored = shutil.ignore_patterns(".git", ".venv*", "benchmarks", ".*cache", "__pycache__")
    shutil.copytree(REPOSITORY, later, ignore=ignored)
    change(later / "pyproject.toml", 'version = "0.1.0"', f'version = "{LATER}"')
    starter = later / "starter/src/starter"
    change(starter / "db.py", '"""The way to the database: ``Session``', GAINED)
    (starter / "gained.py").write_text('"""What starter/messages.py has not."""\n')
    (starter / "home.py").unlink()
    for source in (REPOSITORY, later):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=source, check=True, capture_output=True)
    wheel = next(folder.glob(f"*{LATER}*.whl"))
    install = ["-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target"]
    subprocess.run([sys.executable, *install, str(folder / "installed"), str(wheel)], check=True)
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def diff(versions: Path, *arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the later version, for which pip finds only what is in the folder."""
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(versions)}
    return subprocess.run(
        [sys.executable, "-m", "hipflask", "diff", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(versions / "installed")} | index | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def project(hipflask: Run, tmp_path: Path) -> Path:
    done = hipflask("new", "shop", "--resource", "task", "--database", "postgresql")
    assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


def apply(folder: Path, patch: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "apply", "-3"]
    return subprocess.run(
        command, cwd=folder, input=patch, capture_output=True, text=True, check=False
    )


def test_a_project_gains_what_the_starter_has_and_keeps_what_was_changed(
    versions: Path, project: Path
) -> None:
    database = project / "src/shop/db.py"
    change(database, "connected: list[Database] = []", "mine = 1\nconnected: list[Database] = []")
    git(project, "commit", "-am", "mine")
    shown = diff(versions, project)
    assert shown.returncode == 0, shown.stderr
    applied = apply(project, shown.stdout)
    assert applied.returncode == 0, applied.stderr
    assert GAINED in database.read_text()
    assert "mine = 1" in database.read_text()
    assert (project / "src/shop/gained.py").read_text() == '"""What shop/tasks.py has not."""\n'
    assert not (project / "src/shop/home.py").exists()
    assert f'version = "{LATER}"' in (project / ".hipflask.toml").read_text()
    again = diff(versions, project)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == f"Nothing: the project is of this version, {LATER}.\n"


def test_where_both_have_changed_a_line_git_shows_both(versions: Path, project: Path) -> None:
    database = project / "src/shop/db.py"
    change(database, '"""The way to the database: ``Session``', '"""My way: ``Session``')
    git(project, "commit", "-am", "mine")
    applied = apply(project, diff(versions, project).stdout)
    assert applied.returncode == 1
    text = database.read_text()
    assert "<<<<<<< ours\n" in text
    assert '"""My way: ``Session``' in text
    assert GAINED in text


def test_the_patch_applies_where_the_project_was_committed_late(
    versions: Path, hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop", "--no-git")
    project = tmp_path / "shop"
    # Three lines below what the later version changes: a patch alone would be refused.
    change(project / "src/shop/db.py", "A unit of work is several", "A unit of work is my several")
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "late")
    applied = apply(project, diff(versions, project).stdout)
    assert applied.returncode == 0, applied.stderr
    text = (project / "src/shop/db.py").read_text()
    assert GAINED in text
    assert "A unit of work is my several" in text


def test_the_patch_applies_in_a_folder_of_a_larger_repository(
    versions: Path, hipflask: Run, tmp_path: Path
) -> None:
    git(tmp_path, "init")
    (tmp_path / "services").mkdir()
    hipflask("new", "services/shop")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "all")
    project = tmp_path / "services/shop"
    applied = apply(project, diff(versions, project).stdout)
    assert applied.returncode == 0, applied.stderr
    assert GAINED in (project / "src/shop/db.py").read_text()


def test_a_diff_leaves_the_project_as_it_is(versions: Path, project: Path) -> None:
    assert diff(versions, project).stdout
    assert git(project, "status", "--porcelain") == ""


def test_of_the_same_version_there_is_nothing(hipflask: Run, project: Path) -> None:
    done = hipflask("diff", project)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Nothing: the project is of this version, 0.1.0.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "is not the folder of a project that `hipflask new` has made"),
        ("version = ", "cannot be read"),
        ('version = "0.1.0"\n', "should have version, project, database, singular, plural"),
        (
            'version = "0.1.0"\nproject = "shop"\ndatabase = "oracle"\n'
            'singular = "a"\nplural = "b"\n',
            "names a database that there is not: oracle",
        ),
        ("version = 1\nproject = 1\ndatabase = 1\nsingular = 1\nplural = 1\n", "each a text"),
    ],
)
def test_a_folder_that_remembers_nothing_of_use_is_one_line(
    hipflask: Run, tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / ".hipflask.toml").write_text(text)
    done = hipflask("diff")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line


def test_a_project_of_a_newer_version_is_one_line(hipflask: Run, project: Path) -> None:
    change(project / ".hipflask.toml", '"0.1.0"', '"0.10.0"')
    done = hipflask("diff", project)
    assert done.returncode == 1
    assert "of a newer version, 0.10.0; this is 0.1.0" in done.stderr


def test_a_version_that_pip_does_not_find_is_one_line(versions: Path, project: Path) -> None:
    change(project / ".hipflask.toml", '"0.1.0"', '"0.0.9"')
    done = diff(versions, project)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: hipflask==0.0.9 cannot be installed: ")
