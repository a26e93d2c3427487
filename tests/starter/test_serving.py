"""The two production lines of the README serve, and the pools follow the threads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from running import clean, serving

PROJECT = Path(__file__).parents[2] / "starter"
README = (PROJECT / "README.md").read_text()
PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"
LISTEN = {"granian": "--port {port}", "gunicorn": "--bind 127.0.0.1:{port}"}
COMMANDS = {
    server: re.findall(rf"^\$ ({server} .*|{server})$", README, re.MULTILINE)[0] + f" {listen}"
    for server, listen in LISTEN.items()
}


@pytest.mark.parametrize("server", COMMANDS)
def test_the_production_line_of_the_readme_serves(server: str, tmp_path: Path) -> None:
    environment = {"FLASK_POOL_SIZE": "3", "PATH": PATH, "HOME": str(tmp_path)}
    environment["SQLALCHEMY_URL"] = f"sqlite:///{tmp_path}/served.sqlite"
    made = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(made, cwd=PROJECT, env=clean(environment), check=True, capture_output=True)
    command = ["bash", "-c", f"exec {COMMANDS[server]}"]
    with serving(tmp_path, environment, *command, cwd=PROJECT) as running:
        body = json.dumps({"message": "served"}).encode()
        assert running.ask("POST", "/messages", body, Content_Type="application/json")[0] == 201
        status, answer = running.ask("GET", "/messages")
        assert (status, json.loads(answer)) == (200, [{"id": 1, "message": "served"}])


@pytest.mark.parametrize(("given", "threads"), [({}, 5), ({"FLASK_POOL_SIZE": "7"}, 7)])
def test_gunicorn_has_as_many_threads_as_a_pool_has_connections(
    given: dict[str, str], threads: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--print-config"],
        cwd=PROJECT,
        env=clean({"SQLALCHEMY_URL": f"sqlite:///{tmp_path}/none.sqlite", **given}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert re.search(rf"^threads\s+= {threads}$", done.stdout, re.MULTILINE)


def refused(server: str, **environment: str) -> str:
    """Start a server that must give up, and return what it printed."""
    command = COMMANDS[server].format(port=0)
    done = subprocess.run(
        ["bash", "-c", f"exec {command}"],
        cwd=PROJECT,
        env=clean({"PATH": PATH, **environment}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr + done.stdout


@pytest.mark.parametrize("server", COMMANDS)
def test_a_server_without_a_database_gives_up_with_one_clear_line(server: str) -> None:
    said = refused(server, FLASK_POOL_SIZE="3")
    assert re.search(r"^starter cannot start: SQLALCHEMY_URL is not set\. ", said, re.MULTILINE)


def test_a_pool_size_that_is_no_number_ends_gunicorn_with_one_clear_line() -> None:
    said = refused("gunicorn", FLASK_POOL_SIZE="many", SQLALCHEMY_URL="sqlite:////tmp/none")
    assert "starter cannot start: Expected `int`, got `str` - at FLASK_POOL_SIZE" in said


def test_a_serving_process_spares_the_collector_what_will_stay(tmp_path: Path) -> None:
    script = "import gc, starter.wsgi; print(gc.get_freeze_count(), gc.get_threshold()[0])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=clean({"SQLALCHEMY_URL": f"sqlite:///{tmp_path}/none.sqlite"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    frozen, threshold = map(int, done.stdout.split())
    assert frozen > 10_000
    assert threshold > 3000  # objects that a page of 1000 messages is made of
