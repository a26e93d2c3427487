"""Projects that the wheel makes, used as their README says: pytest tests/new/made.py.

It takes minutes, and is a step of .ci/run beside the tests.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from time import monotonic, sleep
from typing import Any

import pytest
import servers
from conftest import leave_out

REPOSITORY = Path(__file__).parents[2]
# Name, options, kind of server, the path of its resource and the field of that.
PROJECTS = {
    "shop": ([], None, "/messages", "message"),
    "on-postgresql": (["--database", "postgres"], "postgresql", "/messages", "message"),
    "on_mysql": (
        ["--database", "mysql", "--resource", "task", "--field", "title:str"],
        "mariadb",
        "/tasks",
        "title",
    ),
}
OWN = ("PYTHON", "VIRTUAL_ENV", "FLASK_", "SQLALCHEMY_", "GIT_", "COVERAGE")


class Machine:
    """A machine where nothing but Python is installed, and a home that was empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bins = [part for part in os.environ["PATH"].split(os.pathsep) if ".venv" not in part]
        venv = str(Path(sys.executable).parent)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(OWN)
        } | {"HOME": str(folder), "PATH": os.pathsep.join(part for part in bins if part != venv)}

    def run(self, command: str, cwd: Path | None = None, **settings: str) -> str:
        """Run a command, and return what it prints."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=cwd or self.folder,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    @contextmanager
    def serving(self, command: str, cwd: Path, **settings: str) -> Iterator[int]:
        """Run a server until the end of the ``with``, on the port that is given."""
        with create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        log = self.folder / f"{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", command],
                cwd=cwd,
                env=self.environment | settings | {"FLASK_RUN_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield port
        except OSError:
            raise AssertionError(log.read_text()) from None
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def ask(port: int, path: str, body: object = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            kind = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), kind)
        response = connection.getresponse()
        return response.status, json.load(response)
    finally:
        connection.close()


def answered(port: int, path: str, seconds: float = 120) -> tuple[int, Any]:
    """Return the first answer of a server that is starting.

    :raises OSError: there is none within the time.
    """
    until = monotonic() + seconds
    while True:
        try:
            return ask(port, path)
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.02)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Where the wheel of this checkout is installed, with what it asks for."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(machine.folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    machine.run("python3 -m venv tool && tool/bin/pip install -q *.whl")
    for name, (options, *_) in PROJECTS.items():
        machine.run(f"tool/bin/hipflask new {name} {' '.join(options)}")
    return machine


@pytest.fixture(scope="session")
def test_runs(machine: Machine) -> Iterator[dict[str, Future[str]]]:
    """The test command of each project's README, two at a time: they mostly wait."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            name: pool.submit(machine.run, readme(machine.folder / name, "pytest"), project)
            for name in reversed(PROJECTS)
            if (project := machine.folder / name)
        }


def readme(project: Path, end: str) -> str:
    """Return the one command of a README that makes a venv and ends so."""
    text = (project / "README.md").read_text()
    (command,) = re.findall(rf"^\$ (python3 -m venv \.venv .*{end})$", text, re.MULTILINE)
    return str(command)


@pytest.mark.parametrize("name", PROJECTS)
def test_the_tests_of_a_project_pass(test_runs: dict[str, Future[str]], name: str) -> None:
    printed = test_runs[name].result()
    print(printed[-300:])
    assert re.search(r"^=* ?\d+ passed", printed, re.MULTILINE)
    assert not re.search(" (failed|error|errors|skipped)", printed)


def test_a_project_is_in_good_style_under_other_names_too(
    machine: Machine, test_runs: dict[str, Future[str]]
) -> None:
    test_runs["on_mysql"].result()
    project = machine.folder / "on_mysql"
    workflow = (project / ".github/workflows/ci.yml").read_text()
    (style,) = re.findall(r"^ +- run: (\.venv/bin/ruff .*)$", workflow, re.MULTILINE)
    assert "mypy" in style
    machine.run(style, project)
    assert readme(project, "pytest") in workflow


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_serves_from_its_database(
    machine: Machine, test_runs: dict[str, Future[str]], name: str, tmp_path: Path
) -> None:
    test_runs[name].result()
    _, kind, path, field = PROJECTS[name]
    project = machine.folder / name
    settings, upgrade = {}, ""
    with ExitStack() as running:
        if kind:
            try:
                server = running.enter_context(getattr(servers, kind)(tmp_path))
            except servers.Missing as missing:
                leave_out(kind, missing)
            url = running.enter_context(servers.database(server.url))
            settings["SQLALCHEMY_URL"] = url.render_as_string(hide_password=False)
            package = name.replace("-", "_")
            upgrade = f".venv/bin/flask --app {package} db upgrade && "
        serve = upgrade + readme(project, " run")
        port = running.enter_context(machine.serving(serve, project, **settings))
        status, listed = answered(port, path)
        assert (status, len(listed)) == (200, 0 if kind else 3)
        assert ask(port, path, {field: "made"})[0] == 201
        assert ask(port, path)[1][-1][field] == "made"
        assert ask(port, "/readyz") == (200, {"status": "ok"})


def test_without_its_database_a_project_says_what_to_set(
    machine: Machine, test_runs: dict[str, Future[str]]
) -> None:
    test_runs["on-postgresql"].result()
    command = "! .venv/bin/flask --app on_postgresql run"
    printed = machine.run(command, machine.folder / "on-postgresql")
    assert printed.startswith("on_postgresql cannot start: SQLALCHEMY_URL is not set.")
    assert len(printed.splitlines()) == 1


def test_uv_runs_the_tests_of_a_project(
    machine: Machine, test_runs: dict[str, Future[str]]
) -> None:
    for run in test_runs.values():
        run.exception()  # only wait
    machine.run("tool/bin/hipflask new by_uv")
    project = machine.folder / "by_uv"
    search = f"{with_uv(machine.folder / 'uv')}:{machine.environment['PATH']}"
    printed = machine.run("uv run -q pytest", project, PATH=search)
    assert re.search(r"^=* ?\d+ passed", printed, re.MULTILINE)
    assert not re.search(" (failed|error|errors|skipped)", printed)
    assert machine.run("git status --porcelain", project) == ""


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_can_be_built(
    machine: Machine, test_runs: dict[str, Future[str]], name: str
) -> None:
    test_runs[name].result()
    project = machine.folder / name
    machine.run(".venv/bin/pip wheel -q --no-deps -w dist .", project)
    (wheel,) = (project / "dist").glob("*.whl")
    package = name.replace("-", "_")
    names = zipfile.ZipFile(wheel).namelist()
    assert f"{package}/migrations/env.py" in names
    assert wheel.name.startswith(f"{package}-0.1.0-")


@pytest.mark.parametrize("by", ["uv", "pip"])
def test_from_the_command_to_the_first_answer(
    machine: Machine,
    test_runs: dict[str, Future[str]],
    capsys: pytest.CaptureFixture[str],
    by: str,
) -> None:
    for run in test_runs.values():
        run.exception()  # only wait: others say what they found
    search = machine.environment["PATH"]
    command = "tool/bin/hipflask new {} 2>/dev/null"
    if by == "uv":
        search = f"{with_uv(machine.folder / 'bin')}:{search}"
        command = "uvx -q --from ./*.whl hipflask new {} 2>/dev/null"
    # The first fills the cache, as whoever has made an environment before has it.
    for name in (f"{by}_cold", f"{by}_quickly"):
        began = monotonic()
        lines = machine.run(command.format(name), PATH=search)
        assert lines.splitlines()[1].startswith("uv venv") is (by == "uv")
        pasted = " &&\n".join(lines.splitlines())
        with machine.serving(pasted, machine.folder, PATH=search) as port:
            status, listed = answered(port, "/messages")
        seconds = monotonic() - began
        assert (status, len(listed)) == (200, 3)
    with capsys.disabled():
        print(f"\n{seconds:.1f} s by {by} from command to first answer; the goal is 10 s.")
    assert seconds < 60


def with_uv(folder: Path) -> Path:
    """Make a folder for the PATH that has uv, and nothing else of the environment of the tests."""
    folder.mkdir()
    for name in ("uv", "uvx"):
        (folder / name).symlink_to(Path(sys.executable).parent / name)
    return folder
