"""From a wheel, from an sdist and from the checkout, `hipflask new` makes the same files."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hipflask.new import starter

from .conftest import files

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("built")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    return folder


def unpacked(built: Path, pattern: str) -> Path:
    (archive,) = built.glob(pattern)
    folder = built / archive.name.replace(".", "-")
    if archive.suffix == ".whl":
        zipfile.ZipFile(archive).extractall(folder)
        return folder
    # Not by tarfile: its filters came with Python 3.11.4, and without one it warns from 3.12 on.
    folder.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    return next(folder.iterdir()) / "src"


def made(folder: Path, source: Path) -> Path:
    """Make a project by the package that lies in a folder."""
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(source)}
    command = [sys.executable, "-m", "hipflask", "new", "shop", "--database", "mysql"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder / "shop"


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_an_archive_makes_what_the_checkout_makes(
    built: Path, tmp_path: Path, pattern: str
) -> None:
    source = unpacked(built, pattern)
    of_archive = made(tmp_path / "archive", source)
    of_checkout = made(tmp_path / "checkout", REPOSITORY / "src")
    assert files(of_archive) == files(of_checkout)
    for path in (of_archive, of_checkout):
        assert os.access(path / "requirements/compile", os.X_OK)


def test_the_wheel_carries_the_starter_whole_and_nothing_that_was_left_in_it(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "hipflask/starter/" in name}
    assert names == {f"hipflask/starter/{path.as_posix()}" for path in starter.files()}


def test_what_running_and_building_leave_in_the_starter_does_not_get_into_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(starter.files())
    used = tmp_path / "starter"
    for path in before:
        (used / path).parent.mkdir(parents=True, exist_ok=True)
        (used / path).write_bytes((starter.folder() / path).read_bytes())
    for left in (
        ".venv/bin/python",
        ".env",
        "instance/app.sqlite",
        "dist/starter.whl",
        ".pytest_cache/README.md",
        ".ruff_cache/x",
        "src/starter/__pycache__/db.pyc",
        "src/starter.egg-info/PKG-INFO",
    ):
        (used / left).parent.mkdir(parents=True, exist_ok=True)
        (used / left).touch()
    monkeypatch.setattr(starter, "FOLDERS", (used,))
    assert list(starter.files()) == before
