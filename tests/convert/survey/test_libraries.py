"""Installed libraries that need what the conversion removes are found as text, and reported."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hipflask.cli import main
from hipflask.convert.pipeline import convert
from hipflask.project import Tree
from hipflask.proof import site_packages

from ..tools import EXTENSIONS, tree

NEEDS = 'def init_app(app):\n    return app.extensions["sqlalchemy"].db\n'


def project(tmp_path: Path, installed: dict[str, str], files: dict[str, str]) -> Tree:
    for path, text in installed.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return replace(tree(files), site_packages=(tmp_path,))


@pytest.mark.parametrize(
    ("installed", "imports", "said"),
    [
        (
            {"mix/__init__.py": "", "mix/backend.py": f"import os\n\n{NEEDS}"},
            "from mix.backend import mixer\n",
            'mix.backend needs extensions["sqlalchemy"] (mix/backend.py:4 in',
        ),
        (
            {"mix/__init__.py": "from .inner import deep\n", "mix/inner/deep.py": NEEDS},
            "import os\nimport mix\n",
            'mix needs extensions["sqlalchemy"] (mix/inner/deep.py:2 in',
        ),
        (
            {"single.py": "from flask_migrate import upgrade\n"},
            "import single\n",
            "single needs flask_migrate (single.py:1 in",
        ),
        (
            {"shared/__init__.py": 'db = load(environ["FLASK_SQLALCHEMY_DB"])\n'},
            "from shared import users\n",
            "shared needs FLASK_SQLALCHEMY_DB (shared/__init__.py:1 in",
        ),
    ],
    ids=["a module", "what a package imports", "a single module", "a shared db"],
)
def test_what_needs_the_extension_is_reported_where_it_is_imported(
    tmp_path: Path, installed: dict[str, str], imports: str, said: str
) -> None:
    outcome = convert(project(tmp_path, installed, {"app/a.py": imports}))
    (finding,) = outcome.findings
    assert (finding.path, finding.line) == ("app/a.py", imports.count("\n"))
    assert finding.rule == "libraries"
    assert said in finding.reason
    assert outcome.changes


@pytest.mark.parametrize(
    ("installed", "imports"),
    [
        ({"mix/__init__.py": "", "mix/backend.py": NEEDS}, "from mix import other\n"),
        ({"mix/__init__.py": "", "mix/backend.py": NEEDS}, "print(1)\n"),
        (
            {
                "mix.py": "try:\n    from flask_sqlalchemy import SQLAlchemy\nexcept Exception: pass\n"
            },
            "import mix\n",
        ),
        ({"flask_security/__init__.py": NEEDS}, "import flask_security\n"),
        ({"app/__init__.py": NEEDS}, "import app\n"),
    ],
    ids=["another module", "not imported", "does without", "has a rule", "the project's"],
)
def test_what_does_not_need_it_is_not(
    tmp_path: Path, installed: dict[str, str], imports: str
) -> None:
    assert convert(project(tmp_path, installed, {"app/a.py": imports})).findings == []


@pytest.mark.parametrize("required", [True, False])
def test_a_plugin_that_nobody_imports_counts_if_the_project_requires_it(
    tmp_path: Path, required: bool
) -> None:
    installed = {
        "fsd_utils/fixtures.py": "from flask_migrate import upgrade\n",
        "fsd_utils-1.0.dist-info/entry_points.txt": "[pytest11]\nfsd = fsd_utils.fixtures\n",
    }
    text = "flask\nfsd-utils==1.0\n" if required else "flask\n"
    findings = convert(project(tmp_path, installed, {"requirements.txt": text})).findings
    assert [(f.path, f.line, f.rule) for f in findings] == (
        [("requirements.txt", 2, "libraries")] if required else []
    )


@pytest.mark.parametrize(
    "text",
    [
        "from os import environ\nfrom flask_sqlalchemy import SQLAlchemy\n\n"
        "if environ.get('SHARED_DB'):\n    db = load(environ['SHARED_DB'])\n"
        "else:\n    db = SQLAlchemy()\n",
        "from flask_sqlalchemy import SQLAlchemy\n\n\n\n"
        "try: from company import db\nexcept ImportError:\n    db = SQLAlchemy()\n",
    ],
)
def test_a_db_that_can_be_that_of_another_project_is_refused(text: str) -> None:
    outcome = convert(tree({"app/extensions.py": text}))
    assert outcome.facts.refused
    (finding,) = outcome.findings
    assert (finding.path, finding.line) == ("app/extensions.py", 5)
    assert "can be that of another project" in finding.reason


def test_the_environment_is_the_one_beside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    packages = tmp_path / ".venv/lib/python3.12/site-packages"
    packages.mkdir(parents=True)
    (tmp_path / ".venv/pyvenv.cfg").touch()
    (tmp_path / ".venv/bin").mkdir()
    (tmp_path / ".venv/bin/python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / ".venv/bin/python").chmod(0o755)
    assert site_packages(tmp_path) == (packages,)
    (packages / "mix.py").write_text(f"raise SystemExit('never imported')\n{NEEDS}")
    (tmp_path / "app.py").write_text(f"import mix\n{EXTENSIONS}")
    done = CliRunner().invoke(main, ["convert", str(tmp_path)])
    assert 'mix needs extensions["sqlalchemy"]' in done.output
