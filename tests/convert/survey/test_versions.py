"""Which versions a project is on: what it pins, and where that is open, what is installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hipflask.cli import main
from hipflask.convert import report
from hipflask.convert.pipeline import convert
from hipflask.project import Tree

from ..tools import EXTENSIONS, tree
from ..versions import THREE_ON_14, TWO, Versions


def project(requirements: str) -> Tree:
    installed = {"flask-sqlalchemy": "2.5.0", "sqlalchemy": "1.4.0"}
    return replace(tree({"requirements.txt": requirements}), installed=installed)


@pytest.mark.parametrize(
    ("requirements", "generation", "sqlalchemy"),
    [
        ("flask-sqlalchemy\n", 2, "1.4"),
        ("flask-sqlalchemy>=2\nsqlalchemy>=1.4\n", 2, "1.4"),
        ("flask-sqlalchemy==3.1.1\n", 3, "1.4"),
        ("flask-sqlalchemy==3.1.1\nsqlalchemy==2.0.1\n", 3, "2.0"),
        ("flask-sqlalchemy==2.5.1\nsqlalchemy==1.4.1\n", 2, "1.4"),
    ],
)
def test_what_is_installed_counts_where_nothing_is_pinned(
    requirements: str, generation: int, sqlalchemy: str
) -> None:
    facts = convert(project(requirements)).facts
    assert (facts.generation, facts.sqlalchemy) == (generation, sqlalchemy)


def test_what_is_pinned_counts_before_what_is_installed() -> None:
    pinned = project("flask-sqlalchemy==2.5.1\nsqlalchemy==1.4.54\n")
    newer = replace(pinned, installed={"flask-sqlalchemy": "3.1.0", "sqlalchemy": "2.1.0"})
    facts = convert(newer).facts
    assert (facts.generation, facts.sqlalchemy) == (2, "1.4")


@pytest.mark.parametrize(
    ("requirements", "installed", "target"),
    [
        ("flask-sqlalchemy\n", "2.1.0", "2.1"),
        ("flask-sqlalchemy\nsqlalchemy>=2.0\n", "2.1.0", "2.1"),
        ("flask-sqlalchemy\nsqlalchemy==2.0.40\n", "2.1.0", "2.0"),
        ("flask-sqlalchemy\nsqlalchemy<2\n", "1.4.0", "1.4"),
    ],
)
def test_the_report_names_the_sqlalchemy_that_the_project_is_on(
    requirements: str, installed: str, target: str
) -> None:
    installed_too = {"flask-sqlalchemy": "3.1.0", "sqlalchemy": installed}
    outcome = convert(replace(tree({"requirements.txt": requirements}), installed=installed_too))
    assert f"written for SQLAlchemy {target}: " in report.headline(outcome)[1]


def test_without_a_version_it_is_the_oldest_that_works() -> None:
    assert "written for SQLAlchemy 2.0: " in report.headline(convert(tree({})))[1]


def test_sqlalchemy_1_3_is_refused_where_only_the_python_tells_of_it() -> None:
    old = replace(tree({}), installed={"flask-sqlalchemy": "2.5.0", "sqlalchemy": "1.3.0"})
    (finding,) = convert(old).findings
    assert finding.path == "app/extensions.py"
    assert "1.3 is too old" in finding.reason


@pytest.mark.parametrize(
    ("versions", "said"),
    [(TWO, "2.x, written for SQLAlchemy 1.4"), (THREE_ON_14, "3.x, written for SQLAlchemy 1.4")],
)
def test_the_command_asks_the_python_of_the_project(
    tmp_path: Path, versions: Versions, said: str
) -> None:
    (tmp_path / "extensions.py").write_text(EXTENSIONS)
    done = CliRunner().invoke(main, ["convert", str(tmp_path), "--python", versions.python()])
    assert f"Read as Flask-SQLAlchemy {said}" in done.output
