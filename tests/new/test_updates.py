"""`hipflask diff`: what the starter has gained, as a patch that keeps what was changed since."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hipflask.new import base, merge
from hipflask.new.answers import Answers
from hipflask.new.changes import Change

from .conftest import Run

REPOSITORY = Path(__file__).parents[2]
LATER = "0.2.0"
# Comments, so that no test depends on the wording of the starter.
GAINED = "# A later version says this of the database."
GREET = "# A later version says this of the page at /."
MINE = "# This project says something else."


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=me", "-c", "user.email=me@localhost", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this version, as an index would have it, and one that comes after it."""
    folder = tmp_path_factory.mktemp("versions")
    # A checkout whose starter is newer while its version is not.
    development = copy(folder / "development")
    later = copy(folder / "later")
    change(later / "pyproject.toml", 'version = "0.1.0"', f'version = "{LATER}"')
    for checkout in (development, later):
        starter = checkout / "starter"
        insert(starter / "src/starter/db/__init__.py", 0, GAINED)
        insert(starter / "src/starter/home.py", 0, GREET)
        (starter / "src/starter/gained.py").write_text('"""What starter/messages.py has not."""\n')
        (starter / "gunicorn.conf.py").unlink()
    for source in (REPOSITORY, later):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=source, check=True, capture_output=True)
    wheel = next(folder.glob(f"*{LATER}*.whl"))
    install = ["-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target"]
    subprocess.run([sys.executable, *install, str(folder / "installed"), str(wheel)], check=True)
    return folder


def copy(checkout: Path) -> Path:
    ignored = shutil.ignore_patterns(".git", ".venv*", "benchmarks", ".*cache", "__pycache__")
    return Path(shutil.copytree(REPOSITORY, checkout, ignore=ignored))


def insert(path: Path, line: int, text: str) -> None:
    """Insert a line; -1 is the end of the file."""
    lines = path.read_text().splitlines()
    lines.insert(line if line >= 0 else len(lines), text)
    path.write_text("\n".join([*lines, ""]))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def diff(
    versions: Path,
    *arguments: object,
    of: str = "installed",
    cwd: Path | None = None,
    offline: bool = False,
    **settings: str,
) -> subprocess.CompletedProcess[str]:
    """Run the later version, for which pip finds what is in the folder, or nothing."""
    index = {"PIP_NO_INDEX": "1"} | ({} if offline else {"PIP_FIND_LINKS": str(versions)})
    return subprocess.run(
        [sys.executable, "-m", "hipflask", "diff", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(versions / of)} | index | settings,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def project(hipflask: Run, tmp_path: Path) -> Path:
    done = hipflask("new", "shop", "--resource", "task", "--database", "postgresql")
    assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


def apply(folder: Path, patch: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "apply", "-3"]
    return subprocess.run(
        command, cwd=folder, input=patch, capture_output=True, text=True, check=False
    )


def edit(project: Path, path: str, line: int, text: str) -> None:
    """Insert a line in a file of a project, and commit it."""
    insert(project / path, line, text)
    commit(project)


def commit(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "-m", "mine")


DB, HOME = "src/shop/db/__init__.py", "src/shop/home.py"


@pytest.mark.parametrize("way", ["git apply -3", "--apply"])
def test_a_project_gains_what_the_starter_has_and_keeps_what_was_changed(
    versions: Path, project: Path, way: str
) -> None:
    edit(project, DB, -1, "mine = 1")
    if way == "--apply":
        done = diff(versions, project, "--apply")
        assert done.stderr == f"Updated 5 files to hipflask {LATER}.\n"
    else:
        shown = diff(versions, project)
        assert (shown.returncode, shown.stderr) == (0, "")
        done = apply(project, shown.stdout)
    assert done.returncode == 0, done.stderr
    assert GAINED in (project / DB).read_text()
    assert "mine = 1" in (project / DB).read_text()
    assert (project / "src/shop/gained.py").read_text() == '"""What shop/tasks.py has not."""\n'
    assert not (project / "gunicorn.conf.py").exists()
    assert f'version = "{LATER}"' in (project / ".hipflask.toml").read_text()
    again = diff(versions, project)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == f"Nothing to update: hipflask {LATER} makes the same project.\n"


def test_where_both_have_changed_a_line_git_apply_shows_both(versions: Path, project: Path) -> None:
    edit(project, DB, 0, MINE)
    applied = apply(project, diff(versions, project).stdout)
    assert applied.returncode == 1
    text = (project / DB).read_text()
    assert "<<<<<<< ours\n" in text
    assert MINE in text
    assert GAINED in text


def test_where_both_have_changed_a_line_apply_names_the_versions(
    versions: Path, project: Path
) -> None:
    edit(project, DB, 0, MINE)
    done = diff(versions, project, "--apply")
    assert done.returncode == 1
    assert f"Conflict in {DB}: edit the lines from <<<<<<< to >>>>>>>.\n" in done.stderr
    text = (project / DB).read_text()
    assert text.startswith(f"<<<<<<< shop\n{MINE}")
    assert f"=======\n{GAINED}" in text
    assert f"\n>>>>>>> hipflask {LATER}\n" in text
    assert GREET in (project / HOME).read_text()


@pytest.mark.parametrize("way", ["git apply -3", "--apply"])
def test_a_file_that_the_project_has_deleted_is_skipped_and_named(
    versions: Path, project: Path, way: str
) -> None:
    git(project, "rm", HOME)
    commit(project)
    done = diff(versions, project, *["--apply"] * (way == "--apply"))
    assert done.returncode == 0, done.stderr
    assert f"Skipped {HOME}, which this project has deleted.\n" in done.stderr
    if way != "--apply":
        applied = apply(project, done.stdout)
        assert applied.returncode == 0, applied.stderr
    assert not (project / HOME).exists()
    assert GAINED in (project / DB).read_text()


@pytest.mark.parametrize("way", ["git apply -3", "--apply"])
def test_a_file_that_the_project_has_renamed_is_updated_under_its_new_name(
    versions: Path, project: Path, way: str
) -> None:
    git(project, "mv", HOME, "src/shop/welcome.py")
    edit(project, "src/shop/welcome.py", -1, MINE)
    done = diff(versions, project, *["--apply"] * (way == "--apply"))
    assert done.returncode == 0, done.stderr
    if way != "--apply":
        applied = apply(project, done.stdout)
        assert applied.returncode == 0, applied.stderr
    assert not (project / HOME).exists()
    text = (project / "src/shop/welcome.py").read_text()
    assert GREET in text
    assert MINE in text


@pytest.mark.parametrize("way", ["git apply -3", "--apply"])
def test_a_file_that_the_starter_has_no_more_is_kept_if_the_project_has_changed_it(
    versions: Path, project: Path, way: str
) -> None:
    config = project / "gunicorn.conf.py"
    config.write_text(config.read_text() + "mine = 1\n")
    commit(project)
    done = diff(versions, project, *["--apply"] * (way == "--apply"))
    assert "Kept gunicorn.conf.py, which this project has changed; it can be" in done.stderr
    if way != "--apply":
        applied = apply(project, done.stdout)
        assert applied.returncode == 0, applied.stderr
    assert "mine = 1" in config.read_text()
    assert GAINED in (project / DB).read_text()


@pytest.mark.parametrize("arguments", [[], ["--apply"]])
def test_files_that_are_not_committed_are_named_and_nothing_is_changed(
    versions: Path, project: Path, arguments: list[str]
) -> None:
    insert(project / DB, 0, MINE)
    (project / HOME).unlink()
    (project / "src/shop/gained.py").write_text("mine = 1\n")
    before = git(project, "status", "--porcelain")
    done = diff(versions, project, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: Commit your changes first. The update merges with what is committed, and these "
        f"files are not: {DB}, src/shop/gained.py, {HOME}.\n"
    )
    assert git(project, "status", "--porcelain") == before


@pytest.mark.parametrize("way", ["git apply -3", "--apply"])
def test_a_new_file_where_the_project_has_one_is_a_conflict(
    versions: Path, project: Path, way: str
) -> None:
    gained = project / "src/shop/gained.py"
    gained.write_text("mine = 1\n")
    commit(project)
    done = diff(versions, project, *["--apply"] * (way == "--apply"))
    if way != "--apply":
        done = apply(project, done.stdout)
    assert done.returncode == 1
    assert "<<<<<<< " in gained.read_text()
    assert "mine = 1" in gained.read_text()
    assert "What shop/tasks.py has not." in gained.read_text()
    assert GAINED in (project / DB).read_text()


def test_files_that_the_update_does_not_touch_need_not_be_committed(
    versions: Path, project: Path
) -> None:
    (project / "notes.txt").write_text("mine\n")
    insert(project / "src/shop/wsgi.py", -1, MINE)
    done = diff(versions, project, "--apply")
    assert done.returncode == 0, done.stderr
    assert MINE in (project / "src/shop/wsgi.py").read_text()


def test_it_works_in_a_subdirectory_and_says_how_to_apply_the_patch_there(
    versions: Path, project: Path
) -> None:
    below = project / "src/shop"
    shown = diff(versions, cwd=below)
    assert shown.returncode == 0, shown.stderr
    assert "Apply it with: hipflask diff | git -C ../.. apply -3\n" in shown.stderr
    assert "gunicorn.conf.py" in shown.stdout
    done = diff(versions, "--apply", cwd=below)
    assert done.returncode == 0, done.stderr
    assert GAINED in (project / DB).read_text()
    assert not (project / "gunicorn.conf.py").exists()


def test_a_project_that_begins_with_how_it_was_made_needs_no_network(
    versions: Path, project: Path
) -> None:
    done = diff(versions, project, "--apply", offline=True)
    assert done.returncode == 0, done.stderr
    git(project, "commit", "-am", "update")
    # What a still later version would compare with.
    made = Path(os.environ["HOME"]) / "made"
    assert base.from_history(Answers.read(project), project, made)
    assert GAINED in (made / DB).read_text()


def test_a_checkout_shows_what_it_makes_differently_whatever_its_version(
    versions: Path, project: Path
) -> None:
    done = diff(versions, project, "--apply", of="development/src", offline=True)
    assert done.returncode == 0, done.stderr
    assert GAINED in (project / DB).read_text()


def test_an_update_that_cannot_be_written_leaves_every_file_as_it_was(
    versions: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new.py"
    new.write_text("new = 1\n")
    update = [Change(path, None, new) for path in ("README.md", "src/shop/new.py", "end.py")]
    write = merge.write

    def full(path: Path, *arguments: Any) -> None:
        if path.name == "end.py":
            raise OSError(28, "No space left on device")
        write(path, *arguments)

    monkeypatch.setattr(merge, "write", full)
    with pytest.raises(OSError, match="No space"):
        merge.apply(project, update, merge.Labels("shop", "old", "new"))
    assert git(project, "status", "--porcelain") == ""


def test_a_repository_of_sha256_is_updated_as_well(
    versions: Path, hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop", "--no-git")
    git(tmp_path / "shop", "init", "--object-format=sha256")
    commit(tmp_path / "shop")
    shown = diff(versions, tmp_path / "shop", offline=True)
    assert shown.returncode == 0, shown.stderr
    assert apply(tmp_path / "shop", shown.stdout).returncode == 0
    assert GAINED in (tmp_path / "shop" / DB).read_text()


@pytest.fixture
def late(hipflask: Run, tmp_path: Path) -> Path:
    """A project that was changed before its first commit."""
    hipflask("new", "shop", "--no-git")
    project = tmp_path / "shop"
    # Two lines below what the later version changes: a patch alone would be refused.
    insert(project / DB, 2, MINE)
    git(project, "init")
    commit(project)
    return project


def test_of_a_project_that_was_committed_late_the_old_version_is_downloaded(
    versions: Path, late: Path
) -> None:
    applied = apply(late, diff(versions, late).stdout)
    assert applied.returncode == 0, applied.stderr
    text = (late / DB).read_text()
    assert GAINED in text
    assert MINE in text


def test_a_version_that_cannot_be_downloaded_is_one_line_that_names_the_way_without(
    versions: Path, late: Path
) -> None:
    done = diff(versions, late, offline=True)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "made this project and cannot be downloaded. Check that version out, and use" in line
    shown = diff(versions, late, "--from", REPOSITORY, offline=True)
    assert shown.returncode == 0, shown.stderr
    assert apply(late, shown.stdout).returncode == 0
    assert GAINED in (late / DB).read_text()


def test_a_checkout_that_did_not_make_the_project_is_refused(versions: Path, late: Path) -> None:
    other = versions / "later"
    done = diff(versions, late, "--from", other)
    assert done.stderr == f"Error: {other} has hipflask {LATER}, but 0.1.0 made the project.\n"
    done = diff(versions, late, "--from", late)
    assert done.stderr == f"Error: {late} is not a checkout of Hipflask.\n"


def test_a_project_in_no_repository_gets_a_patch(
    versions: Path, hipflask: Run, tmp_path: Path
) -> None:
    hipflask("new", "shop", "--no-git")
    project = tmp_path / "shop"
    (project / HOME).rename(project / "src/shop/welcome.py")
    shown = diff(versions, project)
    assert shown.returncode == 0, shown.stderr
    refused = diff(versions, project, "--apply")
    assert refused.returncode == 1
    assert "The project is in no git repository. Commit it to one first." in refused.stderr
    subprocess.run(["git", "apply"], cwd=project, input=shown.stdout, text=True, check=True)
    assert GAINED in (project / DB).read_text()
    assert GREET in (project / "src/shop/welcome.py").read_text()


@pytest.mark.parametrize("way", ["git apply -3", "--apply"])
def test_an_update_merges_in_a_folder_of_a_larger_repository(
    versions: Path, hipflask: Run, tmp_path: Path, way: str
) -> None:
    git(tmp_path, "init")
    hipflask("new", "services/shop")
    project = tmp_path / "services/shop"
    assert "Commit the project first" in diff(versions, project).stderr
    commit(tmp_path)
    done = diff(versions, project, *["--apply"] * (way == "--apply"), offline=True)
    assert done.returncode == 0, done.stderr
    if way != "--apply":
        applied = apply(project, done.stdout)
        assert applied.returncode == 0, applied.stderr
    assert GAINED in (project / DB).read_text()
    assert not (project / "gunicorn.conf.py").exists()


def test_a_diff_leaves_the_project_as_it_is(versions: Path, project: Path) -> None:
    assert diff(versions, project).stdout
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "for-each-ref", "--format=%(refname)") == "refs/heads/main\n"


def test_of_the_same_version_there_is_nothing(hipflask: Run, project: Path) -> None:
    done = hipflask("diff", project)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Nothing to update: hipflask 0.1.0 makes the same project.\n"


TOLD = "".join(
    f'{name} = "{value}"\n'
    for name, value in {
        "version": "0.1.0",
        "project": "shop",
        "database": "oracle",
        "resource": "task",
        "plural": "tasks",
        "field": "title:str",
        "digest": "",
    }.items()
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "has no .hipflask.toml, so `hipflask new` did not make it."),
        ("version = ", "cannot be read"),
        (
            'version = "0.1.0"\n',
            "must have version, project, database, resource, plural, field, digest, each a string",
        ),
        (TOLD, "names an unknown database: oracle"),
        (TOLD.replace('"oracle"', "1"), "each a string"),
    ],
)
def test_a_folder_that_hipflask_did_not_make_is_one_line(
    hipflask: Run, tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / ".hipflask.toml").write_text(text)
    done = hipflask("diff")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert said in line


def test_a_project_of_a_newer_version_is_one_line(hipflask: Run, project: Path) -> None:
    change(project / ".hipflask.toml", '"0.1.0"', '"0.10.0"')
    done = hipflask("diff", project)
    assert done.returncode == 1
    assert done.stderr == "Error: hipflask 0.10.0 made the project; this is 0.1.0.\n"
