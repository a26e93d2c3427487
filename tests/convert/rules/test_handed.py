from pathlib import Path

import pytest

from ..tools import check_noop, converted, run, tree

TEXT = "from app.extensions import db\n\n\ndef names():\n    return {'db': db}\n"


def test_a_db_that_is_handed_on_is_the_new_module_and_is_listed() -> None:
    outcome = check_noop(TEXT)
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/views.py", 5, "handed")]


def test_what_is_handed_the_module_finds_the_old_names_there() -> None:
    _, files = converted(tree({"app/views.py": TEXT}))
    assert "def __getattr__(" in files["app/db.py"]


def test_a_db_that_is_only_printed_is_asked_for_no_name() -> None:
    text = "from app.extensions import db\n\nprint(f'{db}')\n"
    outcome, files = converted(tree({"app/views.py": text}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/views.py", 3, "handed")]
    assert "def __getattr__(" not in files["app/db.py"]


def test_a_db_that_a_function_imports_and_stores_is_listed() -> None:
    text = "def init(app):\n    from app.extensions import db\n\n    app.db = db\n"
    outcome = check_noop(text)
    assert [(f.line, f.rule) for f in outcome.findings] == [(4, "handed")]


SESSIONS = """\
from flask_session import Session

from app.extensions import db


def init(app):
    app.config["SESSION_SQLALCHEMY"] = db
    Session(app)
"""


def test_sessions_of_the_project_s_own_do_not_ask_the_db() -> None:
    config = 'SESSION_TYPE = "sqlalchemy"\n'
    outcome, files = converted(tree({"app/sessions.py": SESSIONS, "app/config.py": config}))
    assert outcome.findings == []
    assert "def __getattr__(" not in files["app/db.py"]


def test_an_older_flask_session_asks_the_db_for_its_names() -> None:
    config = 'SESSION_TYPE = "sqlalchemy"\n'
    pins = {"requirements.txt": "flask-session==0.6.0\n", "app/config.py": config}
    outcome, files = converted(tree({"app/sessions.py": SESSIONS, **pins}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [
        ("app/sessions.py", 7, "handed")
    ]
    assert "def __getattr__(" in files["app/db.py"]


def test_what_is_understood_is_not_listed() -> None:
    text = "from flask_migrate import Migrate\nfrom app.extensions import db\n\nMigrate(None, db)\n"
    outcome, files = converted(tree({"app/other.py": text}))
    assert [finding for finding in outcome.findings if finding.rule == "handed"] == []
    assert "def __getattr__(" not in files["app/db.py"]


def handed(text: str, **files: str) -> bool:
    """Tell whether a use of the db is listed, for which the new module keeps the old names."""
    outcome, texts = converted(tree({"app/views.py": text, **files}))
    listed = any(finding.rule == "handed" for finding in outcome.findings)
    assert ("def __getattr__(" in texts["app/db.py"]) == listed
    return listed


START = "from app.extensions import db\nfrom flask_migrate import Migrate\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "Thing(db)",
        "Thing(name=db)",
        "thing.database = db",
        "things = [db]",
        "Thing(db).run()",
        "db()",
    ],
)
def test_what_is_given_the_db_may_ask_it_for_anything(text: str) -> None:
    assert handed(f"{START}{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "Migrate(None, db=db)",
        "setattr(db, 'x', 1)",
        "my_migrate.init_app(None, db)",
        "assert db is not None",
        "def init(db: db): pass",
        "db.create_all()",
    ],
)
def test_what_asks_the_db_for_no_old_name_is_not_listed(text: str) -> None:
    assert not handed(f"{START}{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "app.config['SESSION_OTHER'] = db",
        "app.database = app.config['SESSION_SQLALCHEMY'] = db",
        "app.config[key] = db",
        "app.config['SESSION_SQLALCHEMY'] = [db]",
        "app.config['SESSION_SQLALCHEMY'] += db",
    ],
)
def test_other_settings_than_that_of_flask_session_are_listed(text: str) -> None:
    config = 'import flask_session\nSESSION_TYPE = "sqlalchemy"\n'
    assert handed(f"{START}{text}\n", **{"app/config.py": config})


def test_what_asks_whether_the_db_has_a_name_finds_it_there() -> None:
    for text in ("hasattr(db, 'Column')", "getattr(db, 'Integer')", "getattr(db, name)"):
        outcome, files = converted(tree({"app/views.py": f"{START}name = 'x'\n{text}\n"}))
        assert "def __getattr__(" in files["app/db.py"]
        assert outcome.findings == []


SCRIPT = """\
from unittest.mock import Mock, create_autospec

from flask import Flask

from app.extensions import db

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)
names = ["session", "Model", "metadata", "relationship", "create_all"]
with app.app_context():
    print({*names} - {*dir(db)})
    for mocked in (Mock(db), Mock(spec=db), create_autospec(db)):
        mocked.session.add(1)
        mocked.create_all()
        print(mocked.session.add.call_count, hasattr(mocked, "mine"))
"""


def test_a_mock_that_is_made_after_the_db_has_its_names(tmp_path: Path) -> None:
    assert run(tmp_path, {}, SCRIPT) == "set()\n" + "1 False\n" * 3


def test_a_db_that_a_class_keeps_under_its_own_name_serves_what_is_asked_there() -> None:
    case = (
        "from app.extensions import db\n\n\n"
        "class Case:\n    db = db\n\n    def setup(self):\n"
        "        self.db.drop_all()\n        self.db.session.close()\n"
    )
    outcome, files = converted(tree({"tests/case.py": case}))
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("tests/case.py", 5, "handed")]
    assert "def drop_all(" in files["app/db.py"]
    assert "session" in files["app/db.py"]


def test_who_gets_the_db_from_an_unknown_place_can_create_and_drop_tables() -> None:
    maker = (
        "from app.extensions import db\n\n\ndef init(app):\n    db.init_app(app)\n    return db\n"
    )
    test = "def setup(app):\n    app.db.drop_all()\n    app.db.create_all()\n"
    _, files = converted(tree({"app/setup.py": maker, "tests/conftest.py": test}))
    assert "def drop_all(" in files["app/db.py"]
    assert "def create_all(" in files["app/db.py"]
    assert "def reflect(" not in files["app/db.py"]
