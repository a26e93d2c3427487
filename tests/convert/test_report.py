"""What the report says, and where it goes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hipflask.cli import main
from hipflask.convert import report
from hipflask.convert.conversion import convert

from .test_interrupts import root
from .tools import tree

__all__ = ["root"]


def test_one_file_is_one_file() -> None:
    text = report.text(convert(tree({})), [])
    assert text.startswith("2 files change, 1 file is new.\n")


def test_rules_that_are_left_out_are_named() -> None:
    text = report.text(convert(tree({}), skip=["session", "query"]), [])
    assert "Rules left out: query, session. A project that is converted in part may not" in text
    assert "Rules left out" not in report.text(convert(tree({})), [])


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
