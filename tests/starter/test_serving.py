"""The two production lines of the README serve, and the pools follow the threads."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest
from running import Running, clean, serving

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
        timeout=300,
        check=True,
    )
    assert re.search(rf"^threads\s+= {threads}$", done.stdout, re.MULTILINE)


def pids(server: Running) -> list[int]:
    """Return the processes of all workers that a server has said it started."""
    return [int(pid) for pid in re.findall(r"(?i)worker.* pid: (\d+)", server.log.read_text())]


@pytest.mark.parametrize(("name", "kills"), [("gunicorn", 3), ("granian", 1)])
def test_a_worker_that_is_killed_is_replaced(name: str, kills: int, tmp_path: Path) -> None:
    environment = {
        "SQLALCHEMY_URL": f"sqlite:///{tmp_path}/none.sqlite",
        "FLASK_POOL_SIZE": "3",
        "PATH": PATH,
    }
    command = ["bash", "-c", f"exec {COMMANDS[name]}"]
    with serving(tmp_path, environment, *command, cwd=PROJECT) as server:
        for _ in range(kills):
            before = len(pids(server))
            os.kill(pids(server)[-1], signal.SIGKILL)
            until = monotonic() + 60
            while len(pids(server)) == before:
                assert server.process.poll() is None, server.log.read_text()
                assert monotonic() < until
                sleep(0.01)
        until = monotonic() + 60
        answered = 0
        while answered < 20:
            assert monotonic() < until
            try:
                answered += server.ask("GET", "/healthz")[0] == 200
            except OSError:
                sleep(0.05)
        assert server.process.poll() is None


def test_clients_that_send_half_of_a_body_cannot_stop_gunicorn(tmp_path: Path) -> None:
    environment = {
        "SQLALCHEMY_URL": f"sqlite:///{tmp_path}/none.sqlite",
        "FLASK_POOL_SIZE": "2",
        "FLASK_BODY_TIMEOUT": "1",
        "PATH": PATH,
    }
    head = b"POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    command = ["bash", "-c", f"exec {COMMANDS['gunicorn']}"]
    with serving(tmp_path, environment, *command, cwd=PROJECT) as server, ExitStack() as opened:
        for _ in range(4 * (os.cpu_count() or 1)):  # twice as many as there are threads
            client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            opened.enter_context(client).sendall(head + b"Content-Length: 30\r\n\r\n{")
        assert server.ask("GET", "/healthz")[0] == 200  # which waits for 30 s


@pytest.mark.parametrize("server", COMMANDS)
def test_a_server_without_a_database_says_so_in_one_clear_line(server: str) -> None:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {COMMANDS[server].format(port=0)}"],
        cwd=PROJECT,
        env=clean({"FLASK_POOL_SIZE": "3", "PATH": PATH}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    with process, process.stdout as output:
        said = "starter cannot start: SQLALCHEMY_URL is not set. "
        lines = []
        for line in output:  # granian may try again for ever
            lines.append(line)
            if line.startswith(said):
                break
        assert lines[-1].startswith(said), lines
        assert "Traceback" not in "".join(lines)
        if server == "gunicorn":
            assert process.wait(60) == 3
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_pool_size_that_is_no_number_ends_gunicorn_with_one_clear_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"],
        cwd=PROJECT,
        env=clean({"FLASK_POOL_SIZE": "many", "SQLALCHEMY_URL": f"sqlite:///{tmp_path}/none"}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 3
    assert "starter cannot start: Expected `int`, got `str` - at FLASK_POOL_SIZE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_serving_process_spares_the_collector_what_will_stay(tmp_path: Path) -> None:
    script = "import gc, starter.wsgi; print(gc.get_freeze_count(), gc.get_threshold()[0])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=clean({"SQLALCHEMY_URL": f"sqlite:///{tmp_path}/none.sqlite"}),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    frozen, threshold = map(int, done.stdout.split())
    assert frozen > 10_000
    assert threshold > 3000  # objects that a page of 1000 messages is made of
