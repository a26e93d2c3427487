"""A second db without models, and a class in another file: converted as a person would first."""

from pathlib import Path

import pytest

from hipflask.convert.pipeline import convert

from ..tools import converted, tree
from ..versions import THREE, TWO, Versions

TWO_DBS = {
    "requirements.txt": "Flask-SQLAlchemy==2.5.1\nSQLAlchemy==1.4.54\n",
    "app/extensions.py": "",
    "app/models.py": """\
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
""",
    "app/main.py": """\
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from app.models import User

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
db = SQLAlchemy(app)


def count():
    return db.session.query(User).count()
""",
}


def test_a_second_db_without_models_becomes_the_first() -> None:
    outcome, texts = converted(tree(TWO_DBS))
    assert not outcome.facts.refused
    assert outcome.facts.home == "app/models.py"
    assert "SQLAlchemy(" not in texts["app/main.py"]
    assert "flask_sqlalchemy" not in texts["app/main.py"]
    assert "db.init_app(app)" in texts["app/main.py"]
    assert "Session.query(User).count()" in texts["app/main.py"]


def test_both_do_what_they_did(tmp_path: Path) -> None:
    script = (
        "from app.main import app, count\nfrom app.models import db, User\n"
        "with app.app_context():\n    db.create_all()\n    db.session.add(User())\n"
        "    db.session.commit()\n    print(User.query.count())\n"
    )
    assert TWO.printed(tmp_path, TWO_DBS, script) == ["1"]


def test_an_app_that_both_were_given_is_given_once(tmp_path: Path) -> None:
    main = TWO_DBS["app/main.py"].replace("import User", "import User, db as first")
    files = TWO_DBS | {"app/main.py": f"{main}\n\nfirst.init_app(app)\n"}
    _, texts = converted(tree(files))
    assert texts["app/main.py"].count("init_app(") == 1
    factory = main.replace("db = SQLAlchemy(app)", "db = SQLAlchemy()\nfirst.init_app(app)")
    files = TWO_DBS | {"app/main.py": f"{factory}\n\ndb.init_app(app)\n"}
    _, texts = converted(tree(files))
    assert texts["app/main.py"].count("init_app(") == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/main.py", TWO_DBS["app/main.py"].replace("from app.models import User\n", "")),
        ("app/main.py", TWO_DBS["app/main.py"].replace("(app)", "(app, metadata=x)")),
        ("requirements.txt", "Flask-SQLAlchemy==3.1.1\n"),
        (
            "app/factory.py",
            "def f(app):\n    from app.main import count, db\n    db.init_app(app)\n",
        ),
        ("app/main.py", f"{TWO_DBS['app/main.py']}\n\nclass Own(db.Model):\n    pass\n"),
    ],
    ids=["apps of their own", "has options", "3.x", "not known which", "has a model"],
)
def test_two_that_are_not_one_are_refused_with_what_each_has(path: str, text: str) -> None:
    outcome = convert(tree(TWO_DBS | {path: text}))
    assert outcome.facts.refused
    assert {finding.path for finding in outcome.findings} == {"app/main.py", "app/models.py"}
    assert any("1 model" in finding.what for finding in outcome.findings)


OWN = """\
\"\"\"Our own.\"\"\"

from contextlib import contextmanager

from flask_sqlalchemy import SQLAlchemy as Extension

from .errors import Failed


class SQLAlchemy(Extension):
    @contextmanager
    def auto_commit(self):
        try:
            yield
            self.session.commit()
        except Failed:
            self.session.rollback()
"""
IN_ANOTHER_FILE = {
    "app/errors.py": "class Failed(Exception):\n    pass\n",
    "app/own.py": OWN,
    "app/extensions.py": "from app.own import SQLAlchemy\n\ndb = SQLAlchemy()\n",
}
SCRIPT = """\
from flask import Flask

from app.errors import Failed
from app.extensions import db
from app.models import User

app = Flask(__name__)
app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_TRACK_MODIFICATIONS=False)
db.init_app(app)
with app.app_context():
    db.create_all()
    with db.auto_commit():
        db.session.add(User(name="a"))
    with db.auto_commit():
        db.session.add(User(name="b"))
        raise Failed
    print([user.name for user in User.query])
"""


@pytest.mark.parametrize("versions", [THREE, TWO], ids=["3", "2"])
def test_a_class_of_another_file_does_what_it_did(tmp_path: Path, versions: Versions) -> None:
    assert versions.printed(tmp_path, IN_ANOTHER_FILE, SCRIPT) == ["['a']"]


def test_its_methods_are_functions_of_the_new_module_and_its_file_goes() -> None:
    outcome, texts = converted(tree(IN_ANOTHER_FILE))
    assert outcome.findings == []
    assert texts["app/extensions.py"] == "from app import db\n"
    assert "def auto_commit():" in texts["app/db.py"]
    assert "from app.errors import Failed" in texts["app/db.py"]
    assert {change.path: change.after for change in outcome.changes}["app/own.py"] is None


def test_what_else_the_file_has_stays() -> None:
    own = OWN.replace("\n\nclass", "\nfrom . import models\n\nTHREE = 3\n\n\nclass")
    own += "\n\ndef three():\n    return THREE, models, Failed\n"
    _, texts = converted(tree(IN_ANOTHER_FILE | {"app/own.py": own}))
    assert texts["app/own.py"] == (
        '"""Our own."""\n\nfrom .errors import Failed\n\nfrom . import models\n\nTHREE = 3\n\n\n'
        "def three():\n    return THREE, models, Failed\n"
    )


@pytest.mark.parametrize(
    ("files", "place", "reason"),
    [
        ({"app/x.py": "from app.own import SQLAlchemy\n"}, ("app/own.py", 10), "app/x.py"),
        (
            {"app/own.py": OWN.replace("from .errors import Failed", "Failed = KeyError")},
            ("app/own.py", 10),
            "Move it there",
        ),
        (
            {"app/own.py": OWN.replace("auto_commit", "create_engine")},
            ("app/own.py", 12),
            "overrides the extension in create_engine()",
        ),
    ],
    ids=["used elsewhere", "needs more", "overrides"],
)
def test_a_class_that_cannot_be_moved_is_refused(
    files: dict[str, str], place: tuple[str, int], reason: str
) -> None:
    outcome = convert(tree(IN_ANOTHER_FILE | files))
    assert outcome.facts.refused
    assert outcome.changes == []
    assert [(finding.path, finding.line) for finding in outcome.findings] == [place]
    assert reason in f"{outcome.findings[0].what} {outcome.findings[0].reason}"


def test_a_query_class_of_another_file_moves_too(tmp_path: Path) -> None:
    files = {
        "app/extensions.py": "from flask_sqlalchemy import SQLAlchemy\n"
        "from app.paging import Paged\n\ndb = SQLAlchemy(query_class=Paged)\n",
        "app/paging.py": "from flask_sqlalchemy.query import Query\n\n\n"
        "class Paged(Query):\n    def answer(self):\n        return 42\n",
    }
    assert THREE.printed(
        tmp_path,
        files,
        f"{SCRIPT.partition('    with')[0]}    print(User.query.answer())\n".replace(
            "from app.errors import Failed\n", ""
        ),
    ) == ["42"]
