"""Who interrupts the command finds nothing left of it: no folder and no process."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic, sleep

import pytest
from benchmarks.convert.project import write as write_project
from click.testing import CliRunner

from hipflask import interrupts
from hipflask.cli import main
from hipflask.project import Change
from hipflask.writing import apply

from ..proof.test_copies import is_running
from .tools import EXTENSIONS, MODELS

COMMAND = "from hipflask.cli import main; main()"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    (root / "app/__init__.py").touch()
    (root / "app/extensions.py").write_text(EXTENSIONS)
    (root / "app/models.py").write_text(MODELS)
    return root


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_tests_run_ends_them_and_clears_up(
    root: Path, tmp_path: Path, number: int
) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    (tmp_path / "tmp").mkdir()
    tests = f"{sys.executable} -c 'print(1)'; sleep 60 & echo $! > {tmp_path}/pid; wait"
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "convert", str(root), "--write", "--force"]
        + ["--tests", tests],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = monotonic() + 60
    while not has_pid(tmp_path) and monotonic() < deadline:
        sleep(0.01)
    assert list((tmp_path / "tmp").glob("hipflask-*"))

    process.send_signal(number)
    process.send_signal(number)  # a second one, from somebody who cannot wait
    _, said = process.communicate(timeout=300)

    assert process.returncode == 2
    assert said.endswith("hipflask convert: interrupted; nothing was written.\n")
    assert "Traceback" not in said
    assert list((tmp_path / "tmp").iterdir()) == []
    pid = int((tmp_path / "pid").read_text())
    deadline = monotonic() + 10
    while is_running(pid) and monotonic() < deadline:
        sleep(0.01)
    assert not is_running(pid)
    assert {path: path.read_bytes() for path in root.rglob("*.py")} == before


def has_pid(folder: Path) -> bool:
    return (folder / "pid").exists() and bool((folder / "pid").read_text().strip())


def test_a_signal_that_is_held_comes_behind_the_steps() -> None:
    steps: list[str] = []

    def work() -> None:
        with interrupts.deferred() as came:
            signal.raise_signal(signal.SIGTERM)
            steps.append(f"{len(came)} came")
        steps.append("never")

    with pytest.raises(KeyboardInterrupt), interrupts.as_keyboard_interrupt():
        work()
    assert steps == ["1 came"]


def test_a_signal_that_comes_too_late_does_not_deny_what_was_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(root: Path, changes: Iterable[Change]) -> None:
        apply(root, changes)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("hipflask.convert.command.apply", interrupted)
    done = CliRunner().invoke(main, ["convert", str(root), "--write", "--force"])
    assert done.exit_code == 0
    assert "nothing was written" not in done.output
    assert "class User(Base)" in (root / "app/models.py").read_text()


def test_who_does_not_listen_to_a_signal_still_does_not() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` has it
    try:
        with interrupts.as_keyboard_interrupt():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_signals_mean_afterwards_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in interrupts.SIGNALS]
    with pytest.raises(KeyboardInterrupt), interrupts.as_keyboard_interrupt():
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in interrupts.SIGNALS] == before


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that is read in several processes, for seconds."""
    root = tmp_path_factory.mktemp("large")
    write_project(root, 20_000)
    return root


def processes_of(session: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit():
                state, _, _, its, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(its) == session and state != "Z":
                    found.append(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the command", "by a terminal"])
@pytest.mark.parametrize("delay", [0, 0.03, 0.1, 0.5])
def test_ctrl_c_while_many_files_are_read_ends_every_process_in_one_line(
    large: Path, send: Callable[[int, int], None], delay: float
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "from hipflask.__main__ import main; main()", "convert", str(large)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = monotonic() + 60
        while len(processes_of(process.pid)) < 3 and monotonic() < deadline:
            sleep(0.001)
        sleep(delay)  # not to wait for something: any moment must do
        send(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
        deadline = monotonic() + 10
        while processes_of(process.pid) and monotonic() < deadline:
            sleep(0.01)
    finally:
        left = processes_of(process.pid)
        for number in left:
            os.kill(number, signal.SIGKILL)
    assert left == []
    if process.returncode != 0:  # on a fast machine it had ended
        assert process.returncode == 2
        assert re.fullmatch(r"hipflask(?: convert)?: interrupted; nothing was written\.\n", said)


def test_ctrl_c_while_the_command_starts_prints_no_traceback() -> None:
    code = (
        "import signal\n"
        "from hipflask import interrupts\n"
        "with interrupts.ending_at_once():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "hipflask: interrupted; nothing was written.\n")


def test_ctrl_c_while_the_command_stops_is_ignored() -> None:
    code = (
        "import signal\n"
        "from hipflask import interrupts\n"
        "interrupts.ignore()\n"
        "signal.raise_signal(signal.SIGINT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
