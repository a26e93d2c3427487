"""Changed and new files have the format of the project; code that no rule touches stays."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]

from hipflask.convert.pipeline import convert
from tests.convert.tools import check_converted, converted, tree

LONG = """\
from app.extensions import db
from app.models import User


def find(name):
    return db.session.query(User).filter_by(name=name).filter(User.name.is_not(None)).all()
"""


def test_added_imports_are_sorted_where_imports_are_sorted() -> None:
    check_converted(
        """\
        import os

        from flask import Flask
        from sqlalchemy import select

        from app.extensions import db
        from app.models import User
        from app.names import name

        app = Flask(os.sep)
        user = db.session.scalar(select(User).where(db.func.lower(User.name) == name))
        """,
        """\
        import os

        import sqlalchemy as sa
        from flask import Flask
        from sqlalchemy import select

        from app.db import Session
        from app.models import User
        from app.names import name

        app = Flask(os.sep)
        user = Session.scalar(select(User).where(sa.func.lower(User.name) == name))
        """,
    )


def test_a_file_that_was_not_formatted_keeps_every_byte_that_no_rule_touches() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.models import User
        import os, sys

        names = { 'a':1,
                  'b' : 2 }
        def count( ):
            return db.session.query( User ).count( ) , os, sys
        """,
        """\
        from app.db import Session
        from app.models import User
        import os, sys

        names = { 'a':1,
                  'b' : 2 }
        def count( ):
            return Session.query( User ).count( ) , os, sys
        """,
    )


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
        ("ruff.toml", "line-length = 100\n"),
        ("pyproject.toml", "[tool.black]\nline-length = 100\n"),
        ("tox.ini", "[testenv:style]\ncommands = black --check -l 100 app\n"),
        (".pre-commit-config.yaml", "- id: black\n  args: [--line-length=100]\n"),
        (".flake8", "[flake8]\nmax-line-length = 100\n"),
    ],
)
def test_a_line_is_as_long_as_the_project_allows(path: str, settings: str) -> None:
    _, texts = converted(tree({"app/views.py": LONG, path: settings}))
    assert "    return Session.query(User).filter_by(name=name).filter(" in texts["app/views.py"]
    assert max(map(len, texts["app/db.py"].splitlines())) <= 100
    assert is_formatted(texts["app/db.py"], "--line-length=100")


def test_a_line_that_becomes_too_long_is_broken_where_the_file_was_formatted() -> None:
    check_converted(
        """\
        from app.models import User


        def find(name):
            return User.query.filter_by(name=name).order_by(User.name).limit(1000).all()
        """,
        """\
        from app.db import Session
        from app.models import User


        def find(name):
            return (
                Session.query(User).filter_by(name=name).order_by(User.name).limit(1000).all()
            )
        """,
    )


def test_a_new_file_has_the_quotes_of_the_project() -> None:
    views = "from app.extensions import db\n\nnames = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']\n"
    _, texts = converted(tree({"app/views.py": views + "db.session.get_bind()\n"}))
    assert "current_app.extensions['" in texts["app/db.py"] or "='" in texts["app/db.py"]
    assert is_formatted(
        texts["app/db.py"], "--line-length=100", '--config=format.quote-style="single"'
    )


def test_imports_are_sorted_as_isort_is_set() -> None:
    settings = """\
    [settings]
    force_single_line = true
    known_first_party = app
    """
    _, texts = converted(
        tree(
            {
                ".isort.cfg": settings,
                "app/views.py": """\
                from app.extensions import db
                from app.models import User

                print(db.session.query(User).count(), db.Model)
                """,
            }
        )
    )
    assert texts["app/views.py"].splitlines()[:3] == [
        "from app.db import Base",
        "from app.db import Session",
        "from app.models import User",
    ]
    assert "import Flask, " not in texts["app/db.py"]


def test_the_formatter_beside_the_projects_python_is_used(tmp_path: Path) -> None:
    black = tmp_path / "bin" / "black"
    black.parent.mkdir()
    black.write_text(
        textwrap.dedent(
            f"""\
            #!{sys.executable}
            import pathlib

            for path in pathlib.Path().rglob("*.py"):
                text = path.read_text()
                path.write_text(text.replace("( ", "(").replace(" )", ")").replace("(", "( "))
            """
        )
    )
    black.chmod(0o755)
    before = tree(
        {
            "pyproject.toml": "[tool.black]\nline-length = 100\n",
            "app/views.py": LONG.replace("(", "( "),
            "app/other.py": LONG,
        }
    )
    outcome = convert(replace(before, interpreter=black.with_name("python")))
    after = {change.path: (change.after or b"").decode() for change in outcome.changes}
    assert "Session.query( User).filter_by( name" in after["app/views.py"]
    assert "Session.query(User).filter_by(name" in after["app/other.py"]
    assert "def init_app( app" in after["app/db.py"]


def test_settings_that_no_tool_can_read_change_nothing_else() -> None:
    files = {"app/views.py": LONG, "pyproject.toml": "[tool.ruff\n", "setup.cfg": "isort\n"}
    _, texts = converted(tree(files))
    assert "    return Session.query(User)" in texts["app/views.py"]


def is_formatted(text: str, *options: str) -> bool:
    command = [find_ruff_bin(), "format", "--isolated", "--check", *options, "-"]
    return not subprocess.run(command, input=text.encode(), check=False, env=os.environ).returncode
