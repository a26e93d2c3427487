"""Changes as commits: one for each step, by the rules of the repository, or none."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from hipflask.project import Change
from hipflask.writing import Commit, DirtyTreeError, WriteError, apply_as_commits, check_committable

STEPS = [
    Commit(
        "Change a\n\nBecause.",
        [Change("a.py", b"a = 1\n", b"a = 2\n"), Change("new/b.py", None, b"b = 1\n")],
    ),
    Commit(
        "Change a again",
        [Change("a.py", b"a = 2\n", b"a = 3\n"), Change("gone.py", b"", None)],
    ),
]
ALL = [change for step in STEPS for change in step.changes]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    # What whoever runs the tests has configured does not matter.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    git(root, "init", "--initial-branch=main")
    git(root, "config", "user.name", "Ann")
    git(root, "config", "user.email", "ann@example.org")
    (root / "a.py").write_text("a = 1\n")
    (root / "gone.py").touch()
    git(root, "add", ".")
    git(root, "commit", "--message=first")
    return root


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def hook(root: Path, script: str, name: str = "pre-commit") -> None:
    path = root / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def subjects(root: Path) -> list[str]:
    return git(root, "log", "--reverse", "--format=%s").splitlines()


def assert_untouched(root: Path) -> None:
    assert subjects(root) == ["first"]
    assert git(root, "status", "--porcelain") == ""
    assert sorted(path.name for path in root.iterdir()) == [".git", "a.py", "gone.py"]
    assert (root / "a.py").read_text() == "a = 1\n"


def test_each_step_is_a_commit_of_its_files_alone(root: Path) -> None:
    (root / "mine.txt").write_text("not tracked")
    check_committable(root, ALL)
    made = apply_as_commits(root, STEPS)
    assert subjects(root) == ["first", "Change a", "Change a again"]
    assert [line.partition(" ")[2] for line in made] == ["Change a", "Change a again"]
    assert git(root, "show", made[0].partition(" ")[0]).startswith("commit ")
    assert git(root, "show", "--name-only", "--format=%B", "HEAD~1").split("\n") == [
        *("Change a", "", "Because.", "", "", "a.py", "new/b.py", "")
    ]
    assert git(root, "show", "HEAD:a.py") == "a = 3\n"
    assert git(root, "status", "--porcelain") == "?? mine.txt\n"
    assert not (root / "gone.py").exists()


def test_a_folder_of_a_repository_is_committed_from_there(root: Path) -> None:
    inner = root / "inner"
    inner.mkdir()
    (inner / "a[1].py").write_text("a = 1\n")
    git(root, "add", ".")
    git(root, "commit", "--message=inner")
    apply_as_commits(inner, [Commit("Change", [Change("a[1].py", b"a = 1\n", b"a = 2\n")])])
    assert git(root, "show", "--name-only", "--format=", "HEAD") == "inner/a[1].py\n"


def test_the_account_is_the_author_where_git_knows_none(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    git(root, "config", "user.useConfigOnly", "true")
    monkeypatch.setenv("LOGNAME", "jo")
    apply_as_commits(root, STEPS)
    assert git(root, "log", "-1", "--format=%an <%ae>, %cn") == "jo <jo@localhost>, jo\n"


def test_the_author_of_the_environment_wins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bot")
    monkeypatch.setenv("GIT_INDEX_FILE", "elsewhere")  # as in a hook of another repository
    apply_as_commits(root, STEPS)
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git(root, "log", "-1", "--format=%an <%ae>, %cn") == "Bot <ann@example.org>, Ann\n"


def test_hooks_run(root: Path) -> None:
    hook(root, 'echo "$(cat $1)\n\nRefs: #14" > $1', "commit-msg")
    apply_as_commits(root, STEPS)
    assert git(root, "log", "-1", "--format=%B").strip() == "Change a again\n\nRefs: #14"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo line 1 is too long; grep -q 3 a.py && exit 1 || exit 0", "line 1 is too long"),
        ("grep -q 3 a.py && exit 1 || exit 0", "hook failed and said nothing"),
        ("echo 'a  = 4' > a.py; echo reformatted; exit 1", "reformatted"),
        ("echo 'a  = 4' > a.py; git add a.py", "a.py has changed since it was read"),
    ],
    ids=["second commit", "silent", "reformats and fails", "reformats and adds"],
)
def test_a_hook_that_stops_a_commit_undoes_all(root: Path, script: str, said: str) -> None:
    hook(root, script)
    with pytest.raises(WriteError, match="nothing is committed or written") as raised:
        apply_as_commits(root, STEPS)
    assert said in str(raised.value)
    assert_untouched(root)


def test_what_else_a_hook_has_changed_is_named(root: Path) -> None:
    hook(root, "echo 1 > gone.py; exit 1")
    with pytest.raises(WriteError, match=r"A hook has also changed: gone\.py"):
        apply_as_commits(root, STEPS[:1])
    assert (root / "a.py").read_text() == "a = 1\n"


def test_a_new_file_that_git_ignores_undoes_all(root: Path) -> None:
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/exclude").write_text("new/\n")
    with pytest.raises(WriteError, match="ignored"):
        apply_as_commits(root, STEPS)
    assert_untouched(root)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_hook_runs_ends_it_and_undoes_all(
    root: Path, tmp_path: Path, number: int
) -> None:
    hook(root, f"grep -q 3 a.py || exit 0; sleep 60 & echo $! > {tmp_path}/pid; wait")
    code = (
        "from pathlib import Path\n"
        "from hipflask import interrupts\n"
        "from tests.writing.test_commits import STEPS, apply_as_commits\n"
        "with interrupts.as_keyboard_interrupt():\n"
        f"    apply_as_commits(Path({str(root)!r}), STEPS)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = monotonic() + 60
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text().strip()) and monotonic() < deadline:
        sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert said.strip().endswith("KeyboardInterrupt")
    assert_untouched(root)
    deadline = monotonic() + 10
    while is_running(int(pid.read_text())) and monotonic() < deadline:
        sleep(0.01)
    assert not is_running(int(pid.read_text()))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_uncommitted_changes_anywhere_in_the_repository_are_refused(root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner/b.py").touch()
    git(root, "add", ".")
    git(root, "commit", "--message=inner")
    (root / "a.py").write_text("a = 5\n")
    with pytest.raises(DirtyTreeError, match=r"Not committed: a\.py"):
        check_committable(root / "inner", [Change("b.py", b"", b"b = 1\n")])


def test_where_no_commit_can_be_made_is_said(root: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    with pytest.raises(WriteError, match="not a git repository"):
        check_committable(bare, [])
    git(root, "checkout", "-b", "other")
    apply_as_commits(root, STEPS[:1])
    git(root, "checkout", "main")
    git(root, "commit", "--allow-empty", "--message=here")
    git(root, "merge", "--no-commit", "other")
    with pytest.raises(WriteError, match="in the middle of a merge"):
        check_committable(root, ALL)
