"""What the report says, and where it goes."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from hipflask.cli import main
from hipflask.convert import report
from hipflask.convert.pipeline import convert

from .test_interrupts import root
from .tools import tree

__all__ = ["root"]


def test_one_file_is_one_file() -> None:
    assert report.headline(convert(tree({})))[0] == "2 files change, 1 file is new."


def test_rules_that_are_left_out_are_named() -> None:
    left_out = report.headline(convert(tree({}), skip=["session", "query"]))[-1]
    assert "Skipped rules: query, session. A partly converted project may not run" in left_out
    assert "Skipped rules" not in "".join(report.headline(convert(tree({}))))


def test_the_summary_comes_first_and_last(root: Path) -> None:
    done = CliRunner().invoke(main, ["convert", str(root)])
    first, second, *_, last = done.output.splitlines()
    assert first == "2 files change, 1 file is new."
    assert second.startswith("Read as Flask-SQLAlchemy 3.x, written for SQLAlchemy ")
    assert last == "2 files change, 1 file is new; nothing left to do by hand."


def test_the_summary_counts_what_is_left(root: Path) -> None:
    (root / "app/views.py").write_text("from app.extensions import db\n\nprint(db, f(db))\n")
    done = CliRunner().invoke(main, ["convert", str(root)])
    assert (
        done.stderr.splitlines()[-1] == "2 files change, 1 file is new; 1 place to check by hand."
    )


def test_new_files_are_listed_by_name_and_size_and_shown_with_full(root: Path) -> None:
    brief = CliRunner().invoke(main, ["convert", str(root)])
    full = CliRunner().invoke(main, ["convert", str(root), "--full"])
    assert "+++ b/app/models.py\n" in brief.stdout
    assert "app/db.py" not in brief.stdout
    assert brief.stdout in full.stdout.replace(new_file(full.stdout), "")
    lines = [line for line in new_file(full.stdout).splitlines() if line.startswith("+")][1:]
    size = sum(len(line.encode()) for line in lines)
    said = f"New: app/db.py ({len(lines)} lines, {size:,} bytes)\n"
    assert f"{said}Use --full to include the new files in the diff.\n" in brief.stderr
    assert said in full.stderr
    assert "--full" not in full.stderr


@pytest.mark.parametrize("option", ["--write", "--check"])
def test_without_a_diff_new_files_are_listed_alone(root: Path, option: str) -> None:
    done = CliRunner().invoke(main, ["convert", str(root), "--force", option])
    assert "New: app/db.py (" in done.output
    assert "--full" not in done.output


def new_file(diff: str) -> str:
    return diff[diff.index("diff --git a/app/db.py ") : diff.index("diff --git a/app/ext")]


@pytest.mark.parametrize("inner", ["", "services/shop"])
def test_the_diff_applies_in_the_folder_that_is_named(root: Path, inner: str) -> None:
    top = root.parent / "top"
    shutil.move(root, top / inner)
    subprocess.run(["git", "init", "-q"], cwd=top, check=True)
    done = CliRunner().invoke(main, ["convert", str(top / inner), "--full"])
    named = re.search(r"^`git apply` takes this diff in (.+)\.$", done.stderr, re.MULTILINE)
    assert named is not None
    subprocess.run(["git", "apply"], input=done.stdout_bytes, cwd=named[1], check=True)
    assert "class User(Base)" in (top / inner / "app/models.py").read_text()
    assert (top / inner / "app/db.py").exists()


def test_without_git_a_warning_says_that_there_is_no_way_back(root: Path) -> None:
    warning = "is in no git repository, so nothing can undo --write. Copy it first.\n"
    assert warning in CliRunner().invoke(main, ["convert", str(root)]).stderr
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    assert warning not in CliRunner().invoke(main, ["convert", str(root)]).stderr


def test_a_write_without_git_warns_before_it_writes(root: Path) -> None:
    done = CliRunner().invoke(main, ["convert", str(root), "--write"])
    assert done.exit_code == 0
    assert (
        f"{root} is in no git repository, so nothing can undo this. Keep a copy.\n" in done.stderr
    )


@pytest.mark.parametrize("place", ["nowhere/report.md", "."])
def test_a_report_that_cannot_be_written_stops_all_before_anything_is(
    root: Path, place: str
) -> None:
    before = (root / "app/models.py").read_text()
    target = str(root / place)
    done = CliRunner().invoke(
        main, ["convert", str(root), "--write", "--force", "--report", target]
    )
    assert done.exit_code == 2
    assert f"{Path(target)} cannot be written: " in done.output
    assert (root / "app/models.py").read_text() == before


def test_a_report_is_written_where_it_is_asked_for(root: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["convert", str(root), "--report", str(tmp_path / "report.md")])
    assert done.exit_code == 0
    assert (tmp_path / "report.md").read_text().startswith("# Flask-SQLAlchemy to SQLAlchemy\n")


PYTHON = f"(this is {sys.version_info.major}.{sys.version_info.minor})"
LEFT = {
    "app/broken.py": "def (\n",
    "app/views.py": "from app.extensions import db\n\ndb.one()\nf(db)\nprint(db.two)\n",
    **{f"tests/test_{n}.py": "from app.extensions import db\n\nf(db)\ng(db)\n" for n in range(7)},
    "tests/test_long.py": "from app.extensions import db\n\n" + "f(db)\n" * 12,
}


@pytest.fixture
def left(root: Path) -> Path:
    """Return a project that leaves something to do by hand."""
    for path, text in LEFT.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return root


def test_what_is_left_is_grouped_by_what_to_do_and_then_by_file(left: Path) -> None:
    done = CliRunner().invoke(main, ["convert", str(left), "--check"])
    start = done.stderr.index("\nNot converted")
    assert done.stderr[start:].replace(PYTHON, "(this is 3.11)") == textwrap.dedent("""
        Not converted, so convert it by hand:
          Python cannot parse it: invalid syntax: 1 place
            Fix it, or name the project's Python with --python (this is 3.11). (syntax)
            app/broken.py:1

        No longer works, so change it:
          The new module does not have this name: 2 places in 1 file
            Write it there, or remove it. (functions)
            app/views.py:3 (db.one), 5 (db.two)

        Works, but check it:
          The db object is passed on as a whole: 27 places in 9 files, 8 of them tests
            It is now the new module, which also answers to the extension's names. Pass Session or Base
            instead to avoid that. (handed)
            app/views.py:4
            tests/test_long.py:3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more
            tests/test_0.py:3, 4
            tests/test_1.py:3, 4
            tests/test_2.py:3, 4
            and 4 more files

        --report FILE.md has every line.

        2 files change, 1 file is new; 30 places to check by hand.
    """)


def test_places_in_tests_alone_are_called_so(root: Path) -> None:
    for path in ("tests/test_1.py", "tests/unit/conftest.py"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("from app.extensions import db\n\nf(db)\ng(db)\n")
    done = CliRunner().invoke(main, ["convert", str(root), "--check"])
    assert "  The db object is passed on as a whole: 4 places in 2 test files\n" in done.stderr
    assert "--report" not in done.stderr


def test_the_report_for_people_has_every_line(left: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    CliRunner().invoke(main, ["convert", str(left), "--check", "--report", str(report)])
    text = report.read_text()
    assert (
        "### The db object is passed on as a whole: 27 places in 9 files, 8 of them tests" in text
    )
    assert "- [ ] `tests/test_6.py`: 3, 4\n" in text
    assert "- [ ] `tests/test_long.py`: 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14\n" in text
    assert "- [ ] `app/views.py`: 3 (db.one), 5 (db.two)\n" in text


def test_the_report_for_programs_has_the_keys_that_are_documented(
    left: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    CliRunner().invoke(main, ["convert", str(left), "--check", "--report", str(report)])
    content = json.loads(report.read_text())
    assert content | {"findings": [], "hipflask": ""} == {
        "format": 1,
        "hipflask": "",
        "refused": False,
        "flask_sqlalchemy": 3,
        "sqlalchemy": "2.0",
        "home": "app/extensions.py",
        "new_module": "app/db.py",
        "skipped_rules": [],
        "changes": [
            {"path": "app/db.py", "kind": "added"},
            {"path": "app/extensions.py", "kind": "changed"},
            {"path": "app/models.py", "kind": "changed"},
        ],
        "findings": [],
        "proofs": [],
    }
    assert len(content["findings"]) == 30
    assert content["findings"][1] == {
        "task": "change",
        "rule": "functions",
        "path": "app/views.py",
        "line": 3,
        "what": "db.one",
        "reason": "The new module does not have this name. Write it there, or remove it.",
        "in_tests": False,
    }
    documented = (Path(__file__).parents[2] / "docs/report.md").read_text()
    for key in (*content, *content["changes"][0], *content["findings"][0]):
        assert f"| `{key}` |" in documented, key


def test_a_refusal_says_how_much_must_change_first(root: Path) -> None:
    (root / "app/a.py").write_text("from flask_sqlalchemy import get_state\n")
    (root / "app/b.py").write_text("import flask_whooshee\n\nflask_whooshee.x()\n")
    done = CliRunner().invoke(main, ["convert", str(root)])
    assert done.exit_code == 2
    first, _, heading, *_ = done.stderr.splitlines()
    assert first == "Nothing was converted: 2 things must change first, in 2 places."
    assert heading == "To change first:"
    assert "    app/a.py:1 (used in 0 places)\n" in done.stderr
    assert "    app/b.py:1 (used in 1 place)\n" in done.stderr


def test_a_refusal_in_json_has_no_changes_and_says_what_comes_first(
    root: Path, tmp_path: Path
) -> None:
    (root / "app/a.py").write_text("from flask_sqlalchemy import get_state\n")
    report = tmp_path / "report.json"
    done = CliRunner().invoke(main, ["convert", str(root), "--report", str(report)])
    assert done.exit_code == 2
    content = json.loads(report.read_text())
    assert content["refused"]
    assert content["changes"] == []
    assert [finding["task"] for finding in content["findings"]] == ["first"]


def test_what_to_run_stands_beside_the_file(root: Path) -> None:
    (root / "poetry.lock").write_text('[[package]]\nname = "flask-sqlalchemy"\n')
    done = CliRunner().invoke(main, ["convert", str(root), "--check"])
    assert "  It locks a removed package: 1 file\n" in done.stderr
    assert "    poetry.lock (poetry lock)\n" in done.stderr
