"""`hipflask new`: one command, and a project is there; or one line, and nothing is."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hipflask.new import starter

from .conftest import Run, files


def test_a_project_is_the_starter_with_its_name_for_the_starters(
    hipflask: Run, tmp_path: Path
) -> None:
    done = hipflask("new", "shop")
    assert done.returncode == 0, done.stderr
    made = files(tmp_path / "shop")
    expected = {path.as_posix().replace("starter", "shop") for path in starter.files()}
    assert made.keys() == expected | {".hipflask.toml"}
    original = (starter.folder() / "src/starter/db.py").read_bytes()
    assert made["src/shop/db.py"] == original  # imports are relative: nothing to be renamed
    assert b"from shop.db import Session" in made["tests/factories.py"]
    assert not [name for name, body in made.items() if b"starter" in body]


def test_there_is_no_word_of_hipflask_but_a_line_of_credit_and_a_memory_for_updates(
    hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop")
    lines = [
        (name, line)
        for name, body in files(tmp_path / "shop").items()
        for line in body.decode().splitlines()
        if "hipflask" in line.lower() and name != ".hipflask.toml"
    ]
    assert lines == [("README.md", "Made with [Hipflask](https://pypi.org/project/hipflask/).")]


def test_the_same_command_makes_the_same_bytes(hipflask: Run, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        assert hipflask("new", f"{folder}/shop").returncode == 0
    assert files(tmp_path / "one/shop") == files(tmp_path / "two/shop")


def test_a_name_with_a_dash_is_that_of_the_distribution_and_the_folder(
    hipflask: Run, tmp_path: Path
) -> None:
    assert hipflask("new", "my-shop").returncode == 0
    project = tomllib.loads((tmp_path / "my-shop/pyproject.toml").read_text())
    assert project["project"]["name"] == "my-shop"
    assert (tmp_path / "my-shop/README.md").read_text().startswith("# my-shop\n")
    assert (tmp_path / "my-shop/src/my_shop/db.py").exists()


def test_everything_is_in_the_first_commit(hipflask: Run, tmp_path: Path) -> None:
    hipflask("new", "shop")
    asked = ["git", "-C", str(tmp_path / "shop")]
    committed = subprocess.check_output([*asked, "ls-tree", "-r", "--name-only", "HEAD"], text=True)
    assert set(committed.split()) == files(tmp_path / "shop").keys()
    assert subprocess.check_output([*asked, "status", "--porcelain"]) == b""
    modes = subprocess.check_output([*asked, "ls-tree", "HEAD", "requirements/compile"], text=True)
    assert modes.startswith("100755")


def test_no_git_makes_no_repository(hipflask: Run, tmp_path: Path) -> None:
    assert hipflask("new", "shop", "--no-git").returncode == 0
    assert not (tmp_path / "shop/.git").exists()


def test_where_git_is_not_installed_the_project_is_made_without(
    hipflask: Run, tmp_path: Path
) -> None:
    done = hipflask("new", "shop", PATH="")
    assert done.returncode == 0
    assert "without a repository: git is not installed" in done.stderr
    assert not (tmp_path / "shop/.git").exists()


def test_in_a_repository_there_is_no_second_one(hipflask: Run, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = hipflask("new", "shop")
    assert done.returncode == 0
    assert "in the repository that is around it" in done.stderr
    assert not (tmp_path / "shop/.git").exists()


def test_in_a_hook_of_another_repository_the_project_has_its_own(
    hipflask: Run, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", other], check=True)
    done = hipflask("new", "shop", GIT_DIR=str(other / ".git"), GIT_WORK_TREE=str(other))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "shop/.git").is_dir()
    assert subprocess.call(["git", "-C", str(other), "rev-parse", "-q", "--verify", "HEAD"]) == 1


def test_a_commit_that_git_refuses_leaves_nothing_and_names_the_way_without(
    hipflask: Run, tmp_path: Path
) -> None:
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        "[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n"
    )
    done = hipflask("new", "shop")
    assert done.returncode == 1
    assert "--no-git" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1shop", "is not a name for a package"),
        ("my shop", "is not a name for a package"),
        ("shop-", "is not a name for a package"),
        ("caf\u00e9", "is not a name for a package"),
        (".", "is not a name for a package"),
        ("class", "is a keyword of Python"),
        ("json", "is a module of Python's own library"),
        ("flask", "is a package that the project needs"),
        ("Flask", "is a package that the project needs"),
        ("typing-extensions", "is a package that the project needs"),
        ("click", "is a package"),
        ("hipflask", "is a package that is installed here"),
        ("app", "is a name that"),
        ("servers", "is a name that"),
        ("task", "cannot be the project and its resource"),
        ("there", "there is there already"),
        ("dangling", "dangling is there already"),
        ("nowhere/shop", "nowhere/shop cannot be written: No such file or directory"),
        ("file/shop", "file/shop cannot be written: Not a directory"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_one_line_and_nothing_is_made(
    hipflask: Run, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "file").touch()
    done = hipflask("new", name, "--resource", "task")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert sorted(os.listdir(tmp_path)) == ["dangling", "file", "there"]


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("Task", "must be a noun in small letters"),
        ("my-task", "must be a noun in small letters"),
        ("class", "must be a noun in small letters"),
        ("page", "has a use for"),
        ("model", "is a module that the project has itself"),
        ("list", "is a name that messages.py has a use for"),
        ("shop", "cannot be the project and its resource"),
    ],
)
def test_a_resource_that_cannot_be_is_refused_in_one_line_and_nothing_is_made(
    hipflask: Run, tmp_path: Path, resource: str, said: str
) -> None:
    done = hipflask("new", "shop", "--resource", resource)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("resource", ["task", "post", "user", "item", "order", "order_line"])
def test_a_resource_may_be_called_as_a_method_is(
    hipflask: Run, tmp_path: Path, resource: str
) -> None:
    assert hipflask("new", "shop", "--resource", resource).returncode == 0
    assert (tmp_path / f"shop/src/shop/{resource}s.py").exists()


def test_a_plural_that_is_the_singular_is_refused(hipflask: Run) -> None:
    done = hipflask("new", "shop", "--resource", "sheep", "--plural", "sheep")
    assert done.returncode == 1
    assert "cannot be its own plural" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of Unix")
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    command = [sys.executable, "-m", "hipflask", "new", str(closed / "shop")]
    root = os.geteuid() == 0  # whom no mode keeps out
    if root and (not shutil.which("chattr") or subprocess.call(["chattr", "+i", closed])):
        pytest.skip("root writes everywhere here")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        if root:
            subprocess.run(["chattr", "-i", closed], check=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert re.search("cannot be written: (Permission denied|Operation not permitted)", line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    # It is stopped when the first file is there, in the middle of the work.
    interrupted = (
        "import os, pathlib, sys, hipflask.new.project as project\n"
        "from hipflask.cli import main\n"
        "def tidy(folder):\n"
        "    assert (folder / 'pyproject.toml').exists()\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "project.tidy = tidy\n"
        "main(['new', 'shop'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", interrupted],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_is_one_line_and_nothing_is_made(tmp_path: Path) -> None:
    full = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "from hipflask.cli import main\n"
        "main(['new', 'shop'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", full],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "Error: shop cannot be written: File too large.\n"
    assert os.listdir(tmp_path) == []


def test_the_command_ends_with_the_three_lines_to_type_next(hipflask: Run) -> None:
    with_uv = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    lines = hipflask("new", "shop", PATH=with_uv).stdout.splitlines()
    assert lines[0] == "cd shop"
    assert lines[1].startswith("uv venv")
    assert lines[2] == ".venv/bin/flask --app shop run"
    assert len(lines) == 3


def test_where_uv_is_not_the_lines_to_type_are_for_pip(hipflask: Run, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    lines = hipflask("new", "shop", PATH=str(empty)).stdout.splitlines()
    assert lines[1].startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert len(lines) == 3


def test_a_path_with_a_space_can_be_pasted(hipflask: Run, tmp_path: Path) -> None:
    (tmp_path / "my projects").mkdir()
    lines = hipflask("new", "my projects/shop").stdout.splitlines()
    moved = subprocess.run(["bash", "-c", f"{lines[0]} && pwd"], cwd=tmp_path, capture_output=True)
    assert moved.stdout.strip().endswith(b"my projects/shop")
