"""What the report says, and where it goes."""

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
    return diff[diff.index("--- /dev/null\n+++ b/app/db.py\n") : diff.index("--- a/app/ext")]


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
