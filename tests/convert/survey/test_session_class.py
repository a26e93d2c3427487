"""A session class of the project, converted and run."""

from pathlib import Path

import pytest

from hipflask.convert.pipeline import convert

from ..tools import converted, tree
from ..versions import THREE, THREE_ON_14, Versions

ROUTING = """\
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session


class RoutingSession(Session):
    def get_bind(self, mapper=None, clause=None, bind=None, **kwargs):
        if bind is None and getattr(self, "reads", False):
            return self._db.engines["replica"]
        return super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)


db = SQLAlchemy(session_options={"class_": RoutingSession, "autoflush": False})
"""
SCRIPT = """\
from flask import Flask

from app.extensions import db
from app.models import User

app = Flask(__name__)
app.config.update(
    SQLALCHEMY_DATABASE_URI="sqlite:///main.sqlite",
    SQLALCHEMY_BINDS={"replica": "sqlite:///replica.sqlite"},
)
db.init_app(app)
with app.app_context():
    db.create_all()
    print(type(db.session()).__name__, db.session().autoflush)
    print(db.session.get_bind(User).url.database.rpartition("/")[2])
    db.session().reads = True
    print(db.session.get_bind(User).url.database.rpartition("/")[2])
"""
PRINTED = ["RoutingSession False", "main.sqlite", "replica.sqlite"]
EACH = pytest.mark.parametrize("versions", [THREE, THREE_ON_14], ids=["3", "3 on 1.4"])


@EACH
def test_a_session_that_chooses_its_engine_does_what_it_did(
    tmp_path: Path, versions: Versions
) -> None:
    assert versions.printed(tmp_path, {"app/extensions.py": ROUTING}, SCRIPT) == PRINTED


def test_it_may_come_from_another_file(tmp_path: Path) -> None:
    head, session, rest = ROUTING.partition("from flask_sqlalchemy.session import Session\n")
    body, db, call = rest.partition("\n\ndb = ")
    files = {
        "app/routing.py": f"{session}{body}",
        "app/extensions.py": f"{head}from .routing import RoutingSession\n{db}{call}",
    }
    assert THREE.printed(tmp_path, files, SCRIPT) == PRINTED


def test_it_reaches_the_engines_by_the_functions_of_the_new_module() -> None:
    _, texts = converted(tree({"app/extensions.py": ROUTING}))
    assert "class RoutingSession(BoundSession):" in texts["app/db.py"]
    assert 'return get_engines()["replica"]' in texts["app/db.py"]
    assert "class_=RoutingSession" in texts["app/db.py"]
    assert "_db" not in texts["app/db.py"]


BULK = """\
from flask_sqlalchemy.session import Session


class BulkSession(Session):
    def __init__(self, *args, bind_key=None, **kwargs):
        self.bind_key = bind_key
        super().__init__(*args, **kwargs)

    def get_bind(self, *args, bind=None, **kwargs):
        return self._db.engines[self.bind_key]
"""


@EACH
def test_a_second_session_on_another_engine_does_what_it_did(
    tmp_path: Path, versions: Versions
) -> None:
    files = {
        "app/extensions.py": "from flask_sqlalchemy import SQLAlchemy\n\n"
        "from .sessions import BulkSession\n\ndb = SQLAlchemy()\n"
        "bulk = db._make_scoped_session({'bind_key': 'replica', 'class_': BulkSession})\n",
        "app/sessions.py": BULK,
    }
    script = SCRIPT.partition("    print(type")[0].replace("import db", "import bulk, db")
    script += '    print(bulk.get_bind(User).url.database.rpartition("/")[2])\n'
    assert versions.printed(tmp_path, files, script) == ["replica.sqlite"]
    _, texts = converted(tree(files))
    assert "return get_engines()[self.bind_key]" in texts["app/sessions.py"]
    assert "flask_sqlalchemy" not in texts["app/sessions.py"]


@pytest.mark.parametrize(
    "text",
    [
        ROUTING.replace("(Session)", "(object)"),
        ROUTING.replace(
            "    def get_bind", "    def __init__(self, db):\n        ...\n\n    def get_bind"
        ),
        ROUTING.replace('self._db.engines["replica"]', 'self._db._app_engines["replica"]'),
    ],
    ids=["no session", "has __init__", "internals"],
)
def test_one_that_does_more_is_refused(text: str) -> None:
    outcome = convert(tree({"app/extensions.py": text}))
    assert outcome.facts.refused
    assert outcome.changes == []
