"""Which versions a project asks for, where it says so, and what only looks like it."""

from pathlib import Path
from textwrap import dedent

import pytest

from hipflask.project import File, Tree, pins, resolved

# Each: the file, what it says, and the line, the operator and the version of each pin.
CASES: dict[str, tuple[str, str, list[tuple[int, str, str]]]] = {
    "a line": ("requirements.txt", "flask\nSQLAlchemy==1.3.24\n", [(2, "==", "1.3.24")]),
    "two bounds": (
        "requirements.in",
        "sqlalchemy >= 1.2, <= 1.3.9\n",
        [(1, ">=", "1.2"), (1, "<=", "1.3.9")],
    ),
    "extras of its own": (
        "requirements/base.txt",
        "sqlalchemy[asyncio]~=2.0.1  # async\n",
        [(1, "~=", "2.0.1")],
    ),
    "extras of another package": ("requirements.txt", "databases[sqlalchemy]==0.2.6\n", []),
    "a comment in a list": ("requirements.txt", "# sqlalchemy==1.3\nflask  # sqlalchemy<1.4\n", []),
    "a longer name": ("requirements.txt", "flask-sqlalchemy==2.5\nsqlalchemy-utils==0.3\n", []),
    "prose": ("README.txt", "Before sqlalchemy==1.3 it was different.\n", []),
    "PEP 621": (
        "pyproject.toml",
        '[project]\ndependencies = [\n    "flask",\n    "sqlalchemy<1.4",\n]\n',
        [(4, "<", "1.4")],
    ),
    "the version of the project": (
        "pyproject.toml",
        '[project]\ndependencies = ["flask", "sqlalchemy"]\nversion = "0.1.0"\n',
        [],
    ),
    "Poetry": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\nsqlalchemy = "^1.4"\n',
        [(2, "^", "1.4")],
    ),
    "Poetry, inline": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\nSQLAlchemy = {extras = ["asyncio"], version = "1.4.54"}\n',
        [(2, "", "1.4.54")],
    ),
    "Poetry, as a table": (
        "pyproject.toml",
        '[tool.poetry.dependencies.sqlalchemy]\nextras = "a"\nversion = "^2.0"\n',
        [(1, "^", "2.0")],
    ),
    "a Pipfile": (
        "Pipfile",
        '[packages]\n# sqlalchemy = "==1.3.1"\nsqlalchemy = "==2.0.1"\n',
        [(3, "==", "2.0.1")],
    ),
    "setup.py": (
        "setup.py",
        'setup(\n    # "sqlalchemy<1.3",\n    install_requires=["SQLAlchemy>=1.4"],\n)\n',
        [(3, ">=", "1.4")],
    ),
    "setup.cfg": (
        "setup.cfg",
        "[options]\ninstall_requires =\n    flask\n    sqlalchemy>=1.4\n",
        [(4, ">=", "1.4")],
    ),
    "conda": (
        "environment.yml",
        "dependencies:\n  - conda-forge::sqlalchemy=1.4.1\n",
        [(2, "", "1.4.1")],
    ),
    "poetry.lock": (
        "poetry.lock",
        dedent("""\
            [[package]]
            name = "alembic"
            version = "1.8.1"

            [package.dependencies]
            SQLAlchemy = ">=1.3.0"

            [package.extras]
            sqlalchemy = ["sqlalchemy (>=1.3,<1.4)"]

            [[package]]
            name = "sqlalchemy"
            version = "2.0.36"
            """),
        [(12, "==", "2.0.36")],
    ),
    "Pipfile.lock": (
        "Pipfile.lock",
        '{\n  "default": {\n    "sqlalchemy": {\n      "hashes": ["sha256:aa"],\n'
        '      "version": "==1.4.1"\n    }\n  }\n}\n',
        [(3, "==", "1.4.1")],
    ),
    "CRLF": ("requirements.txt", "flask\r\n\r\nsqlalchemy==2.0.1\r\n", [(3, "==", "2.0.1")]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_pin_is_found_where_it_stands(case: tuple[str, str, list[tuple[int, str, str]]]) -> None:
    path, text, expected = case
    found = pins(Tree(Path(), {path: File(path, text.encode())}), "sqlalchemy")
    assert [(pin.line, pin.operator, pin.text) for pin in found] == expected
    assert {pin.path for pin in found} <= {path}


@pytest.mark.parametrize(
    ("files", "installed", "version"),
    [
        ({"requirements.txt": "sqlalchemy>=2\n"}, {"sqlalchemy": "2.0.41"}, "2.0.41"),
        ({"requirements.txt": "sqlalchemy>=2\n"}, {}, ""),
        ({"requirements.txt": "sqlalchemy==2.0.*\n"}, {}, ""),
        ({"a/uv.lock": '[[package]]\nname = "sqlalchemy"\nversion = "2.0.7"\n'}, {}, "2.0.7"),
    ],
)
def test_what_a_project_runs_on_is_locked_or_pinned_or_installed(
    files: dict[str, str], installed: dict[str, str], version: str
) -> None:
    tree = Tree(Path(), {p: File(p, text.encode()) for p, text in files.items()}, [], installed)
    assert resolved(tree, "sqlalchemy") == version
