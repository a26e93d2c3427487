"""A conversion is written as a whole or not at all, whatever ends it."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hipflask.project import Change
from hipflask.writing import (
    ChangedError,
    DirtyTreeError,
    WriteError,
    apply,
    check_clean,
    check_not_interrupted,
    recover,
)

BEFORE = {"a.py": b"a\n", "b.py": b"b\n", "pkg/c.py": b"c\n", "pkg/gone.py": b"gone\n"}
AFTER = {"a.py": b"A\n", "b.py": b"B\n" * 50_000, "pkg/c.py": b"C\n", "new/pkg/db.py": b"db\n"}
CHANGES = [Change(name, BEFORE.get(name), AFTER.get(name)) for name in {**BEFORE, **AFTER}]

# The whole of a run, in which the n-th step that touches the disk meets what is asked for.
RUN = """
import os, signal, sys
from pathlib import Path
from tests.writing.test_exchange import CHANGES
from hipflask.writing import WriteError, apply

root, stop, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
count = 0
watching = False

def watch(event, arguments):
    global count, watching
    touches = event in ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod")
    if watching and (touches or event == "open" and str(root) in str(arguments[0])):
        count += 1
        if count == stop and what.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, what))
        elif count == stop:
            raise OSError(28, "No space left on device")

sys.addaudithook(watch)
watching = True
try:
    apply(root, CHANGES)
except WriteError as error:
    print(error)
    sys.exit(2)
except KeyboardInterrupt:
    sys.exit(130)
finally:
    watching = False
    print("touched the disk", count, "times")
"""
TOUCHES = 40  # more than a run has, as a test makes sure of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, data in BEFORE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def run(root: Path, stop: int, what: str, *before: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-c", RUN, str(root), str(stop), what]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_all_is_written_and_nothing_else(root: Path) -> None:
    apply(root, CHANGES)
    assert contents(root) == AFTER
    assert not [path for path in root.rglob("*") if path.name.startswith(".")]


def test_nothing_to_write_leaves_the_project_alone(root: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    apply(root, [Change(name, data, data) for name, data in BEFORE.items()])
    assert contents(root) == BEFORE
    assert all(path.stat().st_mtime_ns == times[path] for path in times if path.is_file())


def test_a_run_touches_the_disk_less_often_than_is_tested(root: Path) -> None:
    done = run(root, 0, "nothing")
    assert int(done.stdout.split()[-2]) < TOUCHES


@pytest.mark.parametrize("stop", range(1, TOUCHES))
def test_a_run_that_is_killed_is_undone_by_the_next(root: Path, stop: int) -> None:
    done = run(root, stop, "SIGKILL")
    if (root / ".hipflask-journal").exists():
        with pytest.raises(WriteError, match="Run again with --write"):
            check_not_interrupted(root)
    assert recover(root) == []
    assert contents(root) in (BEFORE, AFTER)
    assert not [path for path in root.rglob("*") if path.name.startswith(".hipflask")]
    assert (root / "new").exists() == (contents(root) == AFTER)
    assert done.returncode in (0, -signal.SIGKILL)
    check_not_interrupted(root)


@pytest.mark.parametrize("stop", range(1, TOUCHES))
def test_a_disk_that_fills_up_leaves_all_or_nothing(root: Path, stop: int) -> None:
    done = run(root, stop, "full")
    if done.returncode:
        assert "No space left on device" in done.stdout
        assert "Traceback" not in done.stderr
    recover(root)  # where it was full for the undoing too
    assert contents(root) in (BEFORE, AFTER)
    assert contents(root) == AFTER or done.returncode == 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("stop", [1, 2, 5, 12, 20, 22, 26])
def test_a_signal_leaves_all_or_nothing_by_itself(root: Path, stop: int, name: str) -> None:
    done = run(root, stop, name)
    number = getattr(signal, name)
    if contents(root) == AFTER:
        assert done.returncode == (0 if name == "SIGINT" else -number)
    else:
        assert contents(root) == BEFORE
        assert done.returncode == (130 if name == "SIGINT" else -number)
    assert not (root / ".hipflask-journal").exists()


def test_ctrl_c_between_two_exchanges_takes_back_the_first(root: Path) -> None:
    codes = {stop: run(root, stop, "SIGINT").returncode for stop in range(18, 24)}
    assert set(codes.values()) == {130}
    assert contents(root) == BEFORE


def test_a_signal_that_was_ignored_still_is(root: Path) -> None:
    done = run(root, 22, "SIGHUP", "nohup")
    assert (done.returncode, contents(root)) == (0, AFTER)


def test_a_disk_that_is_really_full_is_said_so(root: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("needs a Linux that lets one mount")
    small = root.with_name(f"{root.name}-small")
    small.mkdir()
    mounted = 'mount -t tmpfs -o size=64k none "$0" && cp -r "$1"/. "$0" && shift && "$@"'
    listed = f'{mounted}; code=$?; ls -A "$0"; exit $code'
    done = run(small, 0, "none", "unshare", "-mr", "sh", "-c", listed, str(small), str(root))
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"needs a Linux that lets one mount: {done.stderr}")
    assert "No space left on device" in done.stdout
    assert done.stdout.splitlines()[-3:] == ["a.py", "b.py", "pkg"]
    assert done.returncode == 2


def test_a_file_longer_than_the_limit_leaves_nothing(root: Path) -> None:
    done = run(root, 0, "nothing", "sh", "-c", 'ulimit -f 10; exec "$0" "$@"')
    assert "File too large" in done.stdout
    assert (done.returncode, contents(root)) == (2, BEFORE)


@pytest.mark.parametrize("data", [b"edited\n", None])
def test_a_file_that_changed_since_it_was_read_stops_all(root: Path, data: bytes | None) -> None:
    if data is None:
        (root / "pkg/c.py").unlink()
    else:
        (root / "pkg/c.py").write_bytes(data)
    now = contents(root)
    with pytest.raises(ChangedError, match=r"pkg/c.py has changed since it was read. Run again."):
        apply(root, CHANGES)
    assert contents(root) == now


def test_a_file_that_appeared_is_not_overwritten(root: Path) -> None:
    (root / "new/pkg").mkdir(parents=True)
    (root / "new/pkg/db.py").write_bytes(b"mine\n")
    with pytest.raises(ChangedError, match=r"new/pkg/db\.py exists, but was not read"):
        apply(root, CHANGES)
    assert contents(root) == BEFORE | {"new/pkg/db.py": b"mine\n"}


def test_a_file_that_changes_during_the_write_stops_all(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def edit(source: Path, target: Path) -> None:
        replace(source, target)
        if target.name == "a.py":
            (root / "b.py").write_bytes(b"edited\n")

    monkeypatch.setattr(os, "replace", edit)
    with pytest.raises(ChangedError, match=r"b.py"):
        apply(root, CHANGES)
    assert contents(root) == BEFORE | {"b.py": b"edited\n"}


def test_what_was_edited_after_a_kill_is_kept_and_named(root: Path) -> None:
    for stop in range(1, TOUCHES):  # until the first file is exchanged
        run(root, stop, "SIGKILL")
        if (root / "a.py").read_bytes() == AFTER["a.py"]:
            break
        recover(root)
    (root / "a.py").write_bytes(b"edited\n")
    assert recover(root) == ["a.py"]
    assert contents(root) == BEFORE | {"a.py": b"edited\n"}


def test_two_runs_at_once_do_not_meet(root: Path) -> None:
    code = RUN.replace("os.kill(os.getpid(), getattr(signal, what))", "print(flush=True); input()")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen(
        [sys.executable, "-c", code, str(root), "5", "SIG"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert first.stdin is not None
    assert first.stdout is not None
    first.stdout.readline()
    with pytest.raises(WriteError, match="Wait until it ends"):
        recover(root)
    with pytest.raises(WriteError, match="interrupted while writing"):
        apply(root, CHANGES)
    first.communicate("\n")
    assert (first.returncode, contents(root)) == (0, AFTER)


def test_modes_are_kept(root: Path) -> None:
    (root / "a.py").chmod(0o755)
    (root / "b.py").chmod(0o640)
    apply(root, CHANGES)
    modes = [stat.S_IMODE((root / name).stat().st_mode) for name in ("a.py", "b.py")]
    assert modes == [0o755, 0o640]


def test_a_link_is_not_written_through(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    with pytest.raises(ChangedError):
        apply(root, [Change("link.py", b"a\n", b"A\n")])
    assert contents(root) == BEFORE | {"link.py": b"a\n"}


@pytest.mark.parametrize("name", ["pkg", "pkg/c.py", "."])
def test_what_may_not_be_written_is_named(root: Path, name: str) -> None:
    (root / name).chmod(0o500)
    code = RUN
    if os.getuid() == 0:  # who may write everything
        for path in [root, *root.rglob("*")]:
            os.chown(path, 65534, 65534)
        for folder in root.parents[:2]:
            folder.chmod(0o755)
        code = RUN.replace("watching = True\n", "os.setuid(65534)\nwatching = True\n")
    command = [sys.executable, "-c", code, str(root), "0", "nothing"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    (root / name).chmod(0o700)
    assert "Permission denied" in done.stdout
    assert "Nothing was written" in done.stdout
    assert (done.returncode, contents(root)) == (2, BEFORE)


def test_a_file_system_without_second_names_will_do(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    apply(root, CHANGES)
    assert contents(root) == AFTER


def test_it_works_outside_of_the_main_thread(root: Path) -> None:
    thread = threading.Thread(target=apply, args=(root, CHANGES))
    thread.start()
    thread.join()
    assert contents(root) == AFTER


class TestGit:
    @pytest.fixture(autouse=True)
    def committed(self, root: Path) -> None:
        (root / ".gitignore").write_text("local.py\n")
        self.git(root, "init")
        self.git(root, "add", ".")
        self.git(root, "commit", "-m", "a")

    def git(self, root: Path, *arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)

    def test_a_clean_tree_may_be_written(self, root: Path) -> None:
        check_clean(root, CHANGES)

    def test_a_change_that_is_not_committed_refuses(self, root: Path) -> None:
        (root / "pkg/c.py").write_bytes(b"edited\n")
        with pytest.raises(DirtyTreeError, match=r"Not committed: pkg/c.py\. .* use --force"):
            check_clean(root, CHANGES)

    def test_a_change_that_is_staged_refuses(self, root: Path) -> None:
        (root / "pkg/c.py").write_bytes(b"edited\n")
        self.git(root, "add", ".")
        with pytest.raises(DirtyTreeError, match=r"pkg/c.py"):
            check_clean(root, CHANGES)

    def test_a_change_elsewhere_in_the_repository_does_not_matter(self, root: Path) -> None:
        (root / "a.py").write_bytes(b"edited\n")
        check_clean(root / "pkg", [Change("c.py", b"c\n", b"C\n")])

    def test_an_untracked_file_matters_where_it_would_be_changed(self, root: Path) -> None:
        (root / "notes.py").write_bytes(b"mine\n")
        check_clean(root, CHANGES)
        with pytest.raises(DirtyTreeError, match=r"notes\.py"):
            check_clean(root, [Change("notes.py", b"mine\n", b"")])

    def test_an_ignored_file_could_not_be_given_back(self, root: Path) -> None:
        (root / "local.py").write_bytes(b"mine\n")
        with pytest.raises(DirtyTreeError, match=r"local\.py"):
            check_clean(root, [Change("local.py", b"mine\n", b"")])

    def test_a_repository_without_a_commit_is_not_clean(self, root: Path) -> None:
        shutil.rmtree(root / ".git")
        self.git(root, "init")
        with pytest.raises(DirtyTreeError, match=r"a\.py"):
            check_clean(root, CHANGES)

    def test_without_git_there_is_nothing_to_be_dirty(self, root: Path) -> None:
        shutil.rmtree(root / ".git")
        check_clean(root, CHANGES)
