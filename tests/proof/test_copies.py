"""A copy of a project stands by itself, and what runs in it does not reach the original."""

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from threading import Timer
from time import monotonic, sleep

import pytest

from hipflask.project import Change
from hipflask.proof import ProjectCommandError, copies


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("NAME = 'original'\n")
    return root


def python_in(root: Path, copied: Path, code: str, blocked: tuple[str, ...] = ()) -> str:
    with copies.folder() as folder:
        copies.prepare(folder / "path", blocked)
        values = copies.environment(root, copied, Path(sys.executable), folder / "path")
        return copies.run([sys.executable, "-c", code], copied, values).output.strip()


def test_a_copy_has_the_changes_and_the_original_has_not(project: Path, tmp_path: Path) -> None:
    (project / "run.sh").write_text("echo old\n")
    (project / "run.sh").chmod(0o755)
    (project / "gone.py").write_text("")
    changes = [
        Change("run.sh", b"echo old\n", b"echo new\n"),
        Change("gone.py", b"", None),
        Change("pkg/sub/new.py", None, b"1\n"),
    ]

    copies.copy(project, tmp_path / "copy", changes)

    assert (tmp_path / "copy/run.sh").read_text() == "echo new\n"
    assert os.access(tmp_path / "copy/run.sh", os.X_OK)
    assert not (tmp_path / "copy/gone.py").exists()
    assert (tmp_path / "copy/pkg/sub/new.py").read_text() == "1\n"
    assert (project / "run.sh").read_text() == "echo old\n"
    assert (project / "gone.py").exists()


def test_git_and_caches_are_not_copied_and_a_venv_is_a_link(project: Path, tmp_path: Path) -> None:
    for name in (".git", "pkg/__pycache__", "env"):
        (project / name).mkdir()
    (project / "env" / "pyvenv.cfg").touch()

    copies.copy(project, tmp_path / "copy")

    assert not (tmp_path / "copy/.git").exists()
    assert not (tmp_path / "copy/pkg/__pycache__").exists()
    assert (tmp_path / "copy/env").readlink() == project / "env"


def test_no_link_of_a_copy_leads_into_the_original(project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("outside")
    (project / "data.db").write_text("old")
    (project / "pkg" / "absolute").symlink_to(project / "data.db")
    (project / "pkg" / "loop").symlink_to("..")
    (project / "pkg" / "outside").symlink_to("../../outside.txt")

    copies.copy(project, tmp_path / "elsewhere" / "copy")

    copied = tmp_path / "elsewhere" / "copy"
    (copied / "pkg" / "absolute").write_text("new")
    assert (project / "data.db").read_text() == "old"
    assert (copied / "pkg" / "loop").resolve() == copied
    assert (copied / "pkg" / "outside").read_text() == "outside"


def test_a_named_pipe_does_not_stop_a_copy(project: Path, tmp_path: Path) -> None:
    os.mkfifo(project / "pipe")

    copies.copy(project, tmp_path / "copy")

    assert not (tmp_path / "copy/pipe").exists()


def test_a_disk_that_is_full_is_said_in_words(project: Path) -> None:
    with pytest.raises(ProjectCommandError, match="cannot be copied to /proc/copy"):
        copies.copy(project, Path("/proc/copy"))


def test_a_project_on_the_path_is_imported_from_its_copy(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So does an editable installation: it puts the project's folder on the path.
    monkeypatch.setenv("PYTHONPATH", str(project))
    copies.copy(project, tmp_path / "copy")

    place = python_in(
        project, tmp_path / "copy", "import os; os.chdir('/'); import pkg; print(pkg.__file__)"
    )

    assert place == str(tmp_path / "copy/pkg/__init__.py")


def test_a_blocked_package_cannot_be_imported_in_a_process_of_a_process(
    project: Path, tmp_path: Path
) -> None:
    copies.copy(project, tmp_path / "copy")
    (tmp_path / "copy" / "child.py").write_text("import pkg.models\n")
    code = "import subprocess, sys; subprocess.run([sys.executable, 'child.py'])"

    said = python_in(project, tmp_path / "copy", code, ("pkg",))

    assert "No module named 'pkg': hipflask convert blocks it" in said
    assert "child.py:1 does" in said


def test_a_blocked_package_is_not_installed_either(project: Path, tmp_path: Path) -> None:
    copies.copy(project, tmp_path / "copy")
    code = "from importlib.metadata import distributions as d; print([x.name for x in d()])"

    said = python_in(project, tmp_path / "copy", code, ("pytest",))

    assert "'pluggy'" in said
    assert "'pytest'" not in said


def test_the_sitecustomize_of_a_project_still_runs(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(project))
    (project / "sitecustomize.py").write_text("print('of the project')\n")
    copies.copy(project, tmp_path / "copy")

    assert python_in(project, tmp_path / "copy", "") == "of the project"


def test_the_python_of_a_project_is_its_venv(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert copies.interpreter(project).parent != project / ".venv" / "bin"

    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to(sys.executable)

    assert copies.interpreter(project) == project / ".venv" / "bin" / "python"
    assert copies.interpreter(project, sys.executable) == Path(sys.executable)


def test_a_python_that_is_not_there_is_said_in_words(project: Path) -> None:
    with pytest.raises(ProjectCommandError, match=r"no Python python9\. Give the path"):
        copies.interpreter(project, "python9")


def test_ctrl_c_ends_what_a_command_started(project: Path, tmp_path: Path) -> None:
    command = f"sleep 60 & echo $! > {tmp_path}/pid; wait"

    def interrupt() -> None:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            pass
        os.kill(os.getpid(), signal.SIGINT)

    timer = Timer(0, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        copies.run(command, project, dict(os.environ))
    timer.join()

    pid = int((tmp_path / "pid").read_text())
    deadline = monotonic() + 10
    while is_running(pid) and monotonic() < deadline:
        sleep(0.01)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that ended may wait for a while to be asked how."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip()[:1] not in ("", "Z")


def test_what_is_installed_is_known_where_the_extension_is(project: Path) -> None:
    found = copies.installed(project, sys.executable)
    assert found["flask-sqlalchemy"] == version("flask-sqlalchemy")
    assert found["sqlalchemy"] == version("sqlalchemy")


def test_a_python_without_the_extension_says_nothing_of_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    assert copies.installed(project) == {}


def test_a_python_that_breaks_says_nothing_either(project: Path) -> None:
    broken = project / "python"
    broken.write_text("#!/bin/sh\necho '{'\nexit 1\n")
    broken.chmod(0o755)
    assert copies.installed(project, str(broken)) == {}
