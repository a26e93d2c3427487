"""Reading a project finds the files that are its own, and says what it leaves out."""

import os
import pickle
import subprocess
from pathlib import Path

import pytest

from hipflask.git import GitError
from hipflask.project import TreeError, read

USES = "from flask_sqlalchemy import SQLAlchemy\n"


def put(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run_git(root: Path, *arguments: str) -> None:
    who = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "protocol.file.allow=always",
    ]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def test_without_git_all_is_read_but_what_was_installed(tmp_path: Path) -> None:
    put(tmp_path / "app/models.py", USES)
    put(tmp_path / "requirements.txt", "flask\n")
    for name in ("env/pyvenv.cfg", "env/lib/a.py", "node_modules/a.py", "x/site-packages/a.py"):
        put(tmp_path / name)
    assert list(read(tmp_path).files) == ["app/models.py", "requirements.txt"]


def test_with_git_what_it_ignores_is_left_out(tmp_path: Path) -> None:
    for name in ("app.py", "local/a.py", "new.py", "gone.py", "venv/pyvenv.cfg", "venv/a.py"):
        put(tmp_path / name)
    put(tmp_path / ".gitignore", "local/\n")
    run_git(tmp_path, "init")
    run_git(tmp_path, "add", "app.py", "gone.py", "venv")
    (tmp_path / "gone.py").unlink()
    assert list(read(tmp_path).files) == ["app.py", "new.py"]


def test_a_folder_within_a_git_tree_is_read_by_itself(tmp_path: Path) -> None:
    put(tmp_path / "one/a.py")
    put(tmp_path / "two/b.py")
    run_git(tmp_path, "init")
    assert list(read(tmp_path / "one").files) == ["a.py"]


def test_a_folder_that_the_repository_around_ignores_is_read(tmp_path: Path) -> None:
    put(tmp_path / "one/a.py")
    put(tmp_path / ".gitignore", "one\n")
    run_git(tmp_path, "init")
    assert list(read(tmp_path / "one").files) == ["a.py"]


def test_the_tree_of_a_hook_is_not_taken_for_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "hook/other.py")
    put(tmp_path / "project/a.py")
    run_git(tmp_path / "hook", "init")
    run_git(tmp_path / "project", "init")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hook/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "hook"))
    assert list(read(tmp_path / "project").files) == ["a.py"]


def test_git_that_refuses_is_quoted(tmp_path: Path) -> None:
    put(tmp_path / "a.py")
    put(tmp_path / ".git", "gitdir: /nowhere\n")
    with pytest.raises(GitError, match="git says: fatal: not a git repository: /nowhere"):
        read(tmp_path)


def test_scripts_without_a_suffix_are_python(tmp_path: Path) -> None:
    put(tmp_path / "manage", "#!/usr/bin/env python3\n")
    put(tmp_path / "run", "#!/bin/sh\n")
    put(tmp_path / "a.py")
    tree = read(tmp_path)
    assert [file.path for file in tree.python] == ["a.py", "manage"]
    assert "run" not in tree.files


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    put(tmp_path / "app/a.py")
    (tmp_path / "app/again").symlink_to(tmp_path)
    (tmp_path / "self.py").symlink_to("self.py")
    assert list(read(tmp_path).files) == ["app/a.py"]
    run_git(tmp_path, "init")
    assert list(read(tmp_path).files) == ["app/a.py"]


def test_a_link_within_the_project_is_read_once(tmp_path: Path) -> None:
    put(tmp_path / "a.py", USES)
    (tmp_path / "b.py").symlink_to("a.py")
    tree = read(tmp_path)
    assert (list(tree.files), tree.skipped) == (["a.py"], [])


@pytest.mark.parametrize("target", ["shared", "shared/models.py"])
def test_a_link_out_of_the_project_is_a_finding(tmp_path: Path, target: str) -> None:
    put(tmp_path / "shared/models.py", USES)
    put(tmp_path / "project/a.py")
    (tmp_path / "project/link.py").symlink_to(tmp_path / target)
    (finding,) = read(tmp_path / "project").skipped
    assert (finding.path, finding.rule) == ("link.py", "link")


def test_a_submodule_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path / "other/models.py", USES)
    run_git(tmp_path / "other", "init")
    run_git(tmp_path / "other", "add", ".")
    run_git(tmp_path / "other", "commit", "-m", "a")
    put(tmp_path / "project/a.py")
    run_git(tmp_path / "project", "init")
    run_git(tmp_path / "project", "submodule", "add", "../other", "vendored")
    tree = read(tmp_path / "project")
    assert list(tree.files) == ["a.py"]
    assert [(finding.path, finding.rule) for finding in tree.skipped] == [
        ("vendored", "repository")
    ]


def test_a_notebook_on_the_extension_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path / "a.py")
    put(tmp_path / "uses.ipynb", '{"cells": [{"source": ["db.session.execute()"]}]}')
    put(tmp_path / "plain.ipynb", '{"cells": []}')
    tree = read(tmp_path)
    assert list(tree.files) == ["a.py"]
    assert [finding.path for finding in tree.skipped] == ["uses.ipynb"]


def test_a_generated_file_is_converted_and_is_a_finding(tmp_path: Path) -> None:
    put(tmp_path / "models.py", f"# Generated by x. DO NOT EDIT.\n{USES}")
    tree = read(tmp_path)
    assert list(tree.files) == ["models.py"]
    assert "its generator was not" in tree.skipped[0].reason


def test_python_that_cannot_be_decoded_is_a_finding_and_prose_is_not(tmp_path: Path) -> None:
    put(tmp_path / "a.py")
    (tmp_path / "b.py").write_bytes(b"name = '\xe9'\n")
    (tmp_path / "README.txt").write_bytes(b"\xe9\n")
    tree = read(tmp_path)
    assert list(tree.files) == ["a.py"]
    assert [finding.path for finding in tree.skipped] == ["b.py"]


def test_data_is_not_read(tmp_path: Path) -> None:
    put(tmp_path / "a.py")
    put(tmp_path / "dump.txt", "x" * 5_000_001)
    put(tmp_path / "a.png")
    assert list(read(tmp_path).files) == ["a.py"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path / "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert list(read(tmp_path).files) == ["a.py"]


def test_no_python_is_said_so(tmp_path: Path) -> None:
    put(tmp_path / "README.md")
    with pytest.raises(TreeError, match="There are no Python files in"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["a.py", "nowhere"])
def test_what_is_no_folder_is_said_so(tmp_path: Path, name: str) -> None:
    put(tmp_path / "a.py")
    with pytest.raises(TreeError, match="is not a folder"):
        read(tmp_path / name)


def test_a_file_goes_to_another_process(tmp_path: Path) -> None:
    put(tmp_path / "a.py", "a\n")
    file = read(tmp_path).files["a.py"]
    assert pickle.loads(pickle.dumps(file)).text == "a\n"
