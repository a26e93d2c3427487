"""What is refused: nothing is written, and a finding says where, why and what to do first."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hipflask.cli import main
from hipflask.convert.pipeline import convert
from hipflask.project import File, Tree

from ..tools import tree

IMPORTS = "from flask_sqlalchemy import SQLAlchemy\n\n\n"
WRONG_HANDS = {
    "a driver hack of the project's own": (
        "app/extensions.py",
        IMPORTS
        + "class Own(SQLAlchemy):\n    def apply_driver_hacks(self, app):\n        pass\n\n\n"
        "db = Own()\n",
        5,
        "apply_driver_hacks",
    ),
    "a method put into the extension": (
        "app/patch.py",
        "from flask_sqlalchemy import SQLAlchemy\n\nSQLAlchemy._make_declarative_base = None\n",
        3,
        "_make_declarative_base",
    ),
    "a pool default of the db replaced": (
        "app/patch.py",
        "from app.extensions import db\n\ndb.apply_pool_defaults = print\n",
        3,
        "apply_pool_defaults",
    ),
    "a connector of the db": (
        "app/views.py",
        "from app.extensions import db\n\nprint(db.make_connector())\n",
        3,
        "make_connector",
    ),
    "a maker of sessions replaced": (
        "tests/conftest.py",
        "from app.extensions import db\n\n\ndef session():\n    db.create_scoped_session = print\n",
        5,
        "create_scoped_session",
    ),
    "an internal that a test replaces by name": (
        "tests/conftest.py",
        "from app.extensions import db\n\n\ndef test_it(monkeypatch):\n"
        "    monkeypatch.setattr(db, '_make_scoped_session', None)\n",
        5,
        "_make_scoped_session",
    ),
    "a session that reads the engines of the extension": (
        "app/routing.py",
        "from flask_sqlalchemy.session import Session\n\n\nclass Routing(Session):\n"
        "    def get_bind(self, mapper=None, **kwargs):\n        return self._db.app.engines[None]\n",
        6,
        "subclass of the extension's session",
    ),
    "a base of models that asks the db it makes": (
        "app/extensions.py",
        "from flask_sqlalchemy import SQLAlchemy\n\n\n"
        "class Crud:\n    def url(self):\n        return db.engine.url\n\n\n"
        "db = SQLAlchemy(model_class=Crud)\n",
        6,
        "uses it as well",
    ),
    "a commit signal by name": (
        "app/signals.py",
        "from blinker import signal\n\nsignal('models-committed').connect(print)\n",
        3,
        "models-committed",
    ),
    "a commit signal by its dotted name": (
        "app/signals.py",
        "from werkzeug.utils import import_string\n\n"
        "import_string('flask_sqlalchemy.before_models_committed').connect(print)\n",
        3,
        "before_models_committed",
    ),
    "a library that hooks the query class": (
        "app/search.py",
        "import os\nfrom flask_whooshee import Whooshee\n",
        2,
        "flask_whooshee",
    ),
    "a library that is imported as a module": (
        "app/search.py",
        "import os\nimport flask_whooshee\n",
        2,
        "flask_whooshee",
    ),
    "a scope of sessions that the project chooses": (
        "app/extensions.py",
        IMPORTS + "db = SQLAlchemy(session_options={'scopefunc': print})\n",
        4,
        "scopefunc",
    ),
    "a scope in options that have a name": (
        "app/extensions.py",
        IMPORTS + "OPTIONS = dict(scopefunc=print)\ndb = SQLAlchemy(session_options=OPTIONS)\n",
        4,
        "scopefunc",
    ),
    "a class of sessions that is none of the extension": (
        "app/extensions.py",
        IMPORTS + "db = SQLAlchemy(session_options={'class_': print})\n",
        4,
        "class_",
    ),
    "a db that is made anew": (
        "app/factory.py",
        "from flask_sqlalchemy import SQLAlchemy\n\nfrom app import extensions\n\n\n"
        "def reset():\n    extensions.db = SQLAlchemy()\n",
        7,
        "again at run time",
    ),
    "a db that a test makes anew": (
        "tests/conftest.py",
        "from flask_sqlalchemy import SQLAlchemy\n\nfrom app.extensions import db\n\n\n"
        "def reset():\n    global db\n    db = SQLAlchemy()\n",
        8,
        "again at run time",
    ),
    "what the extension has and nobody else": (
        "app/views.py",
        "from flask import current_app\nfrom flask_sqlalchemy import get_state\n\n"
        "get_state(current_app)\n",
        2,
        "get_state",
    ),
    "what is reached through the extension as a module": (
        "app/views.py",
        "import flask_sqlalchemy\n\nprint(flask_sqlalchemy.get_state(None))\n",
        3,
        "get_state",
    ),
    "a metaclass on the extension's": (
        "app/views.py",
        "from flask_sqlalchemy.model import DefaultMeta\n\n\nclass Meta(DefaultMeta):\n    pass\n",
        1,
        "DefaultMeta",
    ),
    "an option that is not understood": (
        "app/extensions.py",
        IMPORTS + "db = SQLAlchemy(disable_autonaming=True)\n",
        4,
        "disable_autonaming",
    ),
}


def test_a_class_that_would_be_imported_in_a_circle_is_refused() -> None:
    outcome = convert(
        tree(
            {
                "app/extensions.py": "from flask_sqlalchemy import SQLAlchemy\n"
                "from app.paging import Paged\n\ndb = SQLAlchemy(query_class=Paged)\n",
                "app/paging.py": "from flask_sqlalchemy.query import Query\n\n\n"
                "class Paged(Query):\n    pass\n",
                "app/views.py": "from app.paging import Paged\n",
            }
        )
    )
    assert outcome.facts.refused
    assert [(f.path, f.line) for f in outcome.findings] == [("app/extensions.py", 2)]
    said = "Move Paged into app/extensions.py (app/views.py uses it too)"
    assert said in outcome.findings[0].reason


@pytest.mark.parametrize("case", WRONG_HANDS)
def test_it_is_refused_once_with_its_place_and_the_remedy(case: str) -> None:
    path, text, line, word = WRONG_HANDS[case]
    outcome = convert(tree({path: text}))
    assert outcome.facts.refused
    assert outcome.changes == []
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [(path, line, "extension")]
    assert word in outcome.findings[0].reason


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/conftest.py", IMPORTS + "def other():\n    mine = SQLAlchemy()\n    return mine\n"),
        ("app/views.py", "from app.states import get_state\n\nprint(get_state())\n"),
        ("app/views.py", "def make_connector():\n    pass\n\n\nmake_connector()\n"),
        (
            "app/views.py",
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
            "    from flask_sqlalchemy.extension import _FSAModel\n",
        ),
        ("app/extensions.py", IMPORTS + "db = SQLAlchemy(session_options={'autoflush': False})\n"),
        (
            "app/views.py",
            "from sqlalchemy.orm import Session\n\n\nclass Own(Session):\n"
            "    def get_bind(self, mapper=None, **kwargs):\n        return self.engines[None]\n",
        ),
    ],
)
def test_what_only_looks_like_it_is_not_refused(path: str, text: str) -> None:
    outcome = convert(tree({path: text}))
    assert not outcome.facts.refused
    assert outcome.changes


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"requirements.txt": "flask\nSQLAlchemy==1.3.24\n"}, ("requirements.txt", 2)),
        (
            {
                "requirements.txt": "-r requirements/prod.txt\n",
                "requirements/prod.txt": "-r common.txt\n",
                "requirements/common.txt": "Flask-SQLAlchemy==2.2\nSQLAlchemy==1.1.11\n",
            },
            ("requirements/common.txt", 2),
        ),
        (
            {"pyproject.toml": '[project]\ndependencies = ["sqlalchemy<1.4"]\n'},
            ("pyproject.toml", 2),
        ),
        ({"requirements.in": "sqlalchemy >= 1.2, <= 1.3.9\n"}, ("requirements.in", 1)),
    ],
)
def test_an_old_sqlalchemy_is_refused_with_the_upgrade_to_make_first(
    files: dict[str, str], place: tuple[str, int]
) -> None:
    outcome = convert(tree(files))
    assert outcome.facts.refused
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [(*place, "versions")]
    assert "Upgrade to 1.4 first" in outcome.findings[0].reason


@pytest.mark.parametrize(
    "pin", ["SQLAlchemy==1.4.54", "sqlalchemy<2", "sqlalchemy>=1.3", "sqlalchemy>=1.3,<2.1"]
)
def test_a_sqlalchemy_that_may_be_1_4_is_not_too_old(pin: str) -> None:
    assert not convert(tree({"requirements.txt": f"{pin}\n"})).facts.refused


@pytest.mark.parametrize("folder", ["my-app", "{{cookiecutter.app_name}}"])
def test_a_package_that_cannot_be_imported_is_refused(folder: str) -> None:
    files = {
        f"{folder}/__init__.py": "",
        f"{folder}/extensions.py": IMPORTS + "db = SQLAlchemy()\n",
    }
    text = {path: File(path, text.encode()) for path, text in files.items()}
    outcome = convert(Tree(Path("/nowhere"), text))
    assert outcome.changes == []
    (finding,) = outcome.findings
    assert finding.path == f"{folder}/extensions.py"
    assert "is not a valid module name" in finding.reason


def test_the_command_ends_with_2_and_writes_nothing(tmp_path: Path) -> None:
    text = (
        IMPORTS
        + "class Own(SQLAlchemy):\n    def make_connector(self):\n        pass\n\n\ndb = Own()\n"
    )
    (tmp_path / "app.py").write_text(text)
    done = CliRunner().invoke(main, ["convert", str(tmp_path), "--write", "--force"])
    assert done.exit_code == 2
    assert "Own overrides the extension in make_connector()" in done.output
    assert "    app.py:5 (2 lines)\n" in done.output
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"app.py": text}


def test_several_reasons_are_all_given() -> None:
    before = Tree(
        Path("/nowhere"),
        {
            **tree({}).files,
            "app/a.py": File("app/a.py", b"import flask_whooshee\n"),
            "app/b.py": File("app/b.py", b"import flask_msearch\n"),
        },
    )
    assert [finding.path for finding in convert(before).findings] == ["app/a.py", "app/b.py"]


def test_a_refusal_says_nothing_of_files_that_would_be_converted(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        IMPORTS + "db = SQLAlchemy(session_options={'class_': print})\n"
    )
    made = "# Generated by a tool. DO NOT EDIT.\nfrom app import db\n\nprint(db.session)\n"
    (tmp_path / "made.py").write_text(made)
    done = CliRunner().invoke(main, ["convert", str(tmp_path)])
    assert done.exit_code == 2
    assert "class_" in done.output
    assert "made.py" not in done.output


@pytest.mark.parametrize(
    "library",
    [
        "from flask_sqlalchemy import SQLAlchemy\n\n\ndef link(db: SQLAlchemy):\n    return db\n",
        'def link(app):\n    return app.extensions["sqlalchemy"].session\n',
    ],
)
def test_a_library_that_makes_a_db_in_its_tests_only_is_refused(library: str) -> None:
    files = {
        "src/lib/__init__.py": "",
        "src/lib/models.py": library,
        "tests/conftest.py": "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n",
    }
    texts = {path: File(path, text.encode()) for path, text in files.items()}
    outcome = convert(Tree(Path("/nowhere"), texts))
    assert outcome.changes == []
    assert outcome.facts.refused
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [
        ("src/lib/models.py", 1 if "import" in library else 2, "extension")
    ]
    assert "library" in outcome.findings[0].reason
