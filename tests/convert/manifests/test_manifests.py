"""What is asked to be installed names SQLAlchemy and Alembic in place of the extensions."""

import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from hipflask.convert.manifests import convert
from hipflask.project import File, Finding, Tree

# Each: the file, what it says, what it says then.
CASES: dict[str, tuple[str, str, str]] = {
    "a plain list": (
        "requirements.txt",
        "Flask==3.0\nFlask-SQLAlchemy==3.1.1\ngunicorn\n",
        "Flask==3.0\nSQLAlchemy>=2.0.16\ngunicorn\n",
    ),
    "a frozen list, which has SQLAlchemy": (
        "requirements.txt",
        "alembic==1.13.1\nFlask-Migrate==4.0.5\nFlask-SQLAlchemy==3.1.1\nSQLAlchemy==2.0.25\n",
        "alembic==1.13.1\nSQLAlchemy==2.0.25\n",
    ),
    "names of any spelling": (
        "requirements.txt",
        "flask_sqlalchemy\nFLASK.MIGRATE ~= 4.0\n",
        "sqlalchemy>=2.0.16\nalembic>=1.9.0\n",
    ),
    "comments and markers": (
        "requirements-prod.txt",
        "# web\nflask  # the framework\nFlask-SQLAlchemy>=3 ; python_version>'3.8'  # models\n",
        "# web\nflask  # the framework\nSQLAlchemy>=2.0.16; python_version>'3.8'  # models\n",
    ),
    "an old Flask-Migrate, beside which Alembic may be old": (
        "requirements.in",
        "Flask-Migrate==2.5.3\n",
        "alembic>=1.4\n",
    ),
    "no newline at the end": ("requirements.txt", "flask-sqlalchemy", "sqlalchemy>=2.0.16"),
    "CRLF": (
        "requirements.txt",
        "a\r\nflask-sqlalchemy\r\nb\r\n",
        "a\r\nsqlalchemy>=2.0.16\r\nb\r\n",
    ),
    "a folder of them": ("requirements/base.in", "flask-migrate\n", "alembic>=1.9.0\n"),
    "constraints only bound": ("constraints.txt", "flask-sqlalchemy<3.2\nflask<4\n", "flask<4\n"),
    "a compiled file with hashes": (
        "requirements.txt",
        dedent("""\
            alembic==1.13.1 \\
                --hash=sha256:aa
                # via flask-migrate
            flask-sqlalchemy==3.1.1 \\
                --hash=sha256:bb \\
                --hash=sha256:cc
                # via
                #   -r requirements.in
                #   flask-migrate
            mako==1.3
                # via alembic
            sqlalchemy==2.0.25 \\
                --hash=sha256:dd
                # via
                #   alembic
                #   flask-sqlalchemy
            """),
        dedent("""\
            alembic==1.13.1 \\
                --hash=sha256:aa
            mako==1.3
                # via alembic
            sqlalchemy==2.0.25 \\
                --hash=sha256:dd
                # via
                #   alembic
            """),
    ),
    "PEP 621": (
        "pyproject.toml",
        dedent("""\
            [project]
            name = "flask-sqlalchemy-demo"  # a name that is not a requirement
            dependencies = [
                "flask>=3",
                "Flask-SQLAlchemy>=3.1",  # models
                'flask-migrate ~= 4.0 ; sys_platform == "linux"',
            ]

            [project.optional-dependencies]
            cli = ["flask-migrate", "rich"]

            [dependency-groups]
            dev = ["pytest", {include-group = "lint"}, "flask-sqlalchemy[asyncio]"]
            """),
        dedent("""\
            [project]
            name = "flask-sqlalchemy-demo"  # a name that is not a requirement
            dependencies = [
                "flask>=3",
                "SQLAlchemy>=2.0.16",  # models
                'alembic>=1.9.0; sys_platform == "linux"',
            ]

            [project.optional-dependencies]
            cli = ["alembic>=1.9.0", "rich"]

            [dependency-groups]
            dev = ["pytest", {include-group = "lint"}, "sqlalchemy>=2.0.16"]
            """),
    ),
    "PEP 621 that has both": (
        "pyproject.toml",
        '[project]\ndependencies = [\n  "sqlalchemy>=2",\n  "alembic",\n'
        '  "flask-sqlalchemy",  # models\n  "flask-migrate",\n]\n',
        '[project]\ndependencies = [\n  "sqlalchemy>=2",\n  "alembic",\n]\n',
    ),
    "one line that has both": (
        "pyproject.toml",
        "[build-system]\n"
        'requires = ["flask-sqlalchemy", "sqlalchemy", "alembic", "flask-migrate"]\n',
        '[build-system]\nrequires = ["sqlalchemy", "alembic"]\n',
    ),
    "the last two of one line": (
        "pyproject.toml",
        "[build-system]\n"
        'requires = ["sqlalchemy", "alembic", "flask-sqlalchemy", "flask-migrate"]\n',
        '[build-system]\nrequires = ["sqlalchemy", "alembic"]\n',
    ),
    "an extra of what is needed anyway": (
        "pyproject.toml",
        '[project]\ndependencies = ["sqlalchemy"]\n'
        'optional-dependencies.a = ["flask-sqlalchemy"]\n',
        '[project]\ndependencies = ["sqlalchemy"]\noptional-dependencies.a = []\n',
    ),
    "Poetry": (
        "pyproject.toml",
        dedent("""\
            [tool.poetry.dependencies]
            python = "^3.11"
            flask-sqlalchemy = "^3.1"  # models
            Flask-Migrate = {version = "^4.0", optional = true}

            [tool.poetry.group.dev.dependencies]
            flask_sqlalchemy = "*"

            [tool.poetry.extras]
            migrations = ["Flask-Migrate"]
            """),
        dedent("""\
            [tool.poetry.dependencies]
            python = "^3.11"
            sqlalchemy = ">=2.0.16"  # models
            alembic = {version = ">=1.9.0", optional = true}

            [tool.poetry.group.dev.dependencies]
            sqlalchemy = ">=2.0.16"

            [tool.poetry.extras]
            migrations = ["alembic"]
            """),
    ),
    "Poetry that has both": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\nSQLAlchemy = "^2"\nflask-sqlalchemy = "^3"\nflask = "^3"\n',
        '[tool.poetry.dependencies]\nSQLAlchemy = "^2"\nflask = "^3"\n',
    ),
    "PDM and uv": (
        "pyproject.toml",
        '[tool.pdm.dev-dependencies]\ntest = [\n  "flask-sqlalchemy",\n]\n'
        '[tool.uv]\ndev-dependencies = ["flask-migrate>=4"]\n',
        '[tool.pdm.dev-dependencies]\ntest = [\n  "sqlalchemy>=2.0.16",\n]\n'
        '[tool.uv]\ndev-dependencies = ["alembic>=1.9.0"]\n',
    ),
    "a tool that is told of the module": (
        "pyproject.toml",
        '[[tool.mypy.overrides]]\nmodule = ["flask_sqlalchemy", "flask_migrate.*"]\n'
        '[tool.isort]\nknown_third_party = ["flask_sqlalchemy"]\n',
        '[[tool.mypy.overrides]]\nmodule = ["flask_sqlalchemy", "flask_migrate.*"]\n'
        '[tool.isort]\nknown_third_party = ["flask_sqlalchemy"]\n',
    ),
    "Pipfile": (
        "Pipfile",
        '[packages]\nflask-sqlalchemy = "==3.1.1"\n"flask-migrate" = {version = "*"}\n',
        '[packages]\nsqlalchemy = ">=2.0.16"\nalembic = {version = ">=1.9.0"}\n',
    ),
    "setup.cfg": (
        "setup.cfg",
        dedent("""\
            [metadata]
            name = demo
            [options]
            install_requires =
                flask
                # models
                Flask-SQLAlchemy>=2.5  # and pages
            packages = find:
            [options.extras_require]
            cli =
                flask-migrate
                Flask-SQLAlchemy
            """),
        dedent("""\
            [metadata]
            name = demo
            [options]
            install_requires =
                flask
                # models
                SQLAlchemy>=2.0.16  # and pages
            packages = find:
            [options.extras_require]
            cli =
                alembic>=1.9.0
                SQLAlchemy>=2.0.16
            """),
    ),
    "a module in setup.cfg": (
        "setup.cfg",
        "[isort]\nknown_third_party =\n    flask_sqlalchemy\n[mypy-flask_sqlalchemy]\nx = 1\n",
        "[isort]\nknown_third_party =\n    flask_sqlalchemy\n[mypy-flask_sqlalchemy]\nx = 1\n",
    ),
    "tox.ini": (
        "tox.ini",
        "[testenv]\ndeps =\n    pytest\n    py311: flask-sqlalchemy==3.0\ncommands = pytest\n",
        "[testenv]\ndeps =\n    pytest\n    py311: sqlalchemy>=2.0.16\ncommands = pytest\n",
    ),
    "setup.py": (
        "setup.py",
        dedent("""\
            from setuptools import setup
            extra = {"cli": ["Flask-Migrate>=3",]}
            setup(
                name="demo",
                install_requires=[
                    "flask",  # web
                    'Flask-SQLAlchemy>=2.5',
                ],
                extras_require=extra,
            )
            """),
        dedent("""\
            from setuptools import setup
            extra = {"cli": ["alembic>=1.9.0",]}
            setup(
                name="demo",
                install_requires=[
                    "flask",  # web
                    'SQLAlchemy>=2.0.16',
                ],
                extras_require=extra,
            )
            """),
    ),
    "Conda": (
        "environment.yml",
        dedent("""\
            name: demo
            dependencies:
              - python=3.11
              - conda-forge::flask-sqlalchemy=3.1  # models
              - pip:
                - Flask-Migrate==4.0
            """),
        dedent("""\
            name: demo
            dependencies:
              - python=3.11
              - sqlalchemy>=2.0.16  # models
              - pip:
                - alembic>=1.9.0
            """),
    ),
    "a README is not a manifest": (
        "README.md",
        "pip install flask-sqlalchemy\n",
        "pip install flask-sqlalchemy\n",
    ),
}


def converted(
    path: str, text: str, sqlalchemy: str = "2.0", **others: str
) -> tuple[str, list[Finding]]:
    files = {path: File(path, text.encode())}
    files |= {name: File(name, other.encode()) for name, other in others.items()}
    changes, findings = convert(Tree(Path(), files), sqlalchemy)
    after = {change.path: (change.after or b"").decode() for change in changes}
    return after.get(path, text), findings


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_manifest_names_what_is_needed(case: tuple[str, str, str]) -> None:
    path, before, after = case
    assert converted(path, before)[0] == after


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_second_run_changes_nothing(case: tuple[str, str, str]) -> None:
    path, _, after = case
    assert converted(path, after) == (after, [])


LOCK = """\
[[package]]
name = "alembic"
version = "1.13.1"

[[package]]
name = "sqlalchemy"
version = "2.0.36"
"""


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (
            "requirements.txt",
            "Flask-SQLAlchemy==3.1.1\nFlask-Migrate==2.5.3 ; python_version>'3'\n",
            "SQLAlchemy==2.0.36\nalembic==1.13.1; python_version>'3'\n",
        ),
        (
            "requirements.in",
            "flask-sqlalchemy~=3.1\nflask-migrate\n",
            "sqlalchemy>=2.0.16\nalembic>=1.9.0\n",
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    flask-sqlalchemy==3.1.1\n",
            "[options]\ninstall_requires =\n    sqlalchemy==2.0.36\n",
        ),
        (
            "Pipfile",
            '[packages]\nflask-sqlalchemy = "==3.1.1"\nflask-migrate = {version = "==4.0"}\n',
            '[packages]\nsqlalchemy = "==2.0.36"\nalembic = {version = "==1.13.1"}\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nflask-sqlalchemy = "3.1.1"\nflask-migrate = "^4.0"\n',
            '[tool.poetry.dependencies]\nsqlalchemy = "2.0.36"\nalembic = ">=1.9.0"\n',
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["flask-sqlalchemy==3.1.1"]\n',
            '[project]\ndependencies = ["sqlalchemy==2.0.36"]\n',
        ),
    ],
)
def test_an_exact_version_stays_exact_where_it_is_known(path: str, before: str, after: str) -> None:
    assert converted(path, before, **{"poetry.lock": LOCK})[0] == after


def test_what_is_installed_is_pinned_where_no_lock_says_more() -> None:
    text = "Flask-SQLAlchemy==3.1.1\nFlask-Migrate==4.0.5\n"
    tree = Tree(
        Path(),
        {"requirements.txt": File("requirements.txt", text.encode())},
        installed={"sqlalchemy": "2.0.41", "alembic": "1.16.5"},
    )
    changes, _ = convert(tree, "2.0")
    assert [change.after for change in changes] == [b"SQLAlchemy==2.0.41\nalembic==1.16.5\n"]


@pytest.mark.parametrize("path", sorted({case[0] for case in CASES.values()}))
def test_a_manifest_without_the_extensions_is_left_alone(path: str) -> None:
    assert converted(path, "flask = \n")[0] == "flask = \n"


def test_on_1_4_the_next_generation_does_not_come_by_itself() -> None:
    text, _ = converted("requirements.txt", "flask-sqlalchemy\n", "1.4")
    assert text == "sqlalchemy>=1.4.18,<2.0\n"


def test_what_an_included_file_names_is_named() -> None:
    text, _ = converted(
        "requirements/dev.txt",
        "-r base.txt\nflask-sqlalchemy\n",
        **{"requirements/base.txt": "-r dev.txt\nSQLAlchemy==2.0.25\n"},
    )
    assert text == "-r base.txt\n"


@pytest.mark.parametrize("path", ["requirements.txt", "pyproject.toml"])
def test_what_is_still_imported_stays(path: str) -> None:
    text = (
        '[project]\ndependencies = ["flask-sqlalchemy"]\n'
        if "toml" in path
        else "flask-sqlalchemy\n"
    )
    code = {"app.py": "from flask_sqlalchemy import SQLAlchemy\n"}
    assert converted(path, text, "2.0", **code) == (text, [])


def test_one_that_is_still_imported_does_not_keep_the_other() -> None:
    code = {"manage.py": "from flask_migrate import MigrateCommand\n"}
    text, _ = converted("requirements.txt", "flask-migrate\nflask-sqlalchemy\n", "2.0", **code)
    assert text == "flask-migrate\nsqlalchemy>=2.0.16\n"


FINDINGS = {
    "poetry.lock": ('[[package]]\nname = "flask-sqlalchemy"\n', "poetry lock"),
    "Pipfile.lock": ('{"default": {"flask-migrate": {}}}\n', "pipenv lock"),
    "uv.lock": ('[[package]]\nname = "flask-sqlalchemy"\n', "uv lock"),
    "pdm.lock": ('[[package]]\nname = "flask-sqlalchemy"\n', "pdm lock"),
    "Dockerfile": ("FROM python\nRUN pip install flask-sqlalchemy\n", "Install SQLAlchemy"),
    "setup.py": (
        'setup(install_requires="""\nflask-sqlalchemy\n""")\n',
        "is not in a literal list",
    ),
    "requirements.txt": ("-e git+https://x/y#egg=Flask-SQLAlchemy\n", "Remove it by hand"),
    "requirements.in": ("flask-sqlalchemy==3 --hash=sha256:aa\n", "by sqlalchemy"),
    "pyproject.toml": (
        '[tool.uv.sources]\nflask-sqlalchemy = {path = "x"}\n',
        "Remove it by hand",
    ),
    "Pipfile": ("[packages\nflask-sqlalchemy = 1\n", "Invalid TOML"),
}


@pytest.mark.parametrize("path", FINDINGS)
def test_what_only_a_person_can_change_is_found(path: str) -> None:
    text, words = FINDINGS[path]
    after, (finding,) = converted(path, text)
    assert (finding.path, finding.rule) == (path, "manifests")
    assert words in f"{finding.what}: {finding.reason}"
    assert after in (text, "")


def test_a_compiled_file_says_how_it_is_made_again() -> None:
    head = (
        "# This file is autogenerated by pip-compile\n# by running:\n#\n#    pip-compile a.in\n#\n"
    )
    text, (finding,) = converted(
        "requirements.txt",
        f"{head}flask-sqlalchemy==3.1.1\n    # via -r a.in\nsqlalchemy==2.0.25\n",
    )
    assert text == f"{head}sqlalchemy==2.0.25\n"
    assert finding.what == "pip-compile a.in"


def test_toml_stays_toml() -> None:
    for path, _, after in CASES.values():
        if path in ("pyproject.toml", "Pipfile"):
            tomllib.loads(after)
