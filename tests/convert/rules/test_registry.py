from pathlib import Path

from ..tools import check_converted, check_noop, converted, run, tree
from ..versions import TWO


def test_the_extension_that_the_app_keeps_is_the_new_module() -> None:
    outcome = check_converted(
        """\
        from flask import current_app


        def count():
            return current_app.extensions["sqlalchemy"].session.execute("select 1")


        def make(app):
            database = app.extensions.get("sqlalchemy")
            database.create_all()
            return database.session
        """,
        """\
        from app import db
        from app.db import Session


        def count():
            return Session.execute("select 1")


        def make(app):
            database = db
            database.create_all()
            return database.Session
        """,
    )
    assert not outcome.findings


def test_a_db_that_is_at_hand_is_taken() -> None:
    check_converted(
        """\
        from app.extensions import db


        def make(app):
            app.extensions["sqlalchemy"].create_all()
            return db.engine
        """,
        """\
        from app.extensions import db


        def make(app):
            db.create_all()
            return db.get_engine()
        """,
    )


def test_a_name_of_its_own_is_no_hindrance() -> None:
    check_converted(
        """\
        def make(app):
            db = app.extensions["sqlalchemy"].db
            return db.session
        """,
        """\
        from app import db as db_module


        def make(app):
            db = db_module
            return db.Session
        """,
    )


def test_what_keeps_it_is_listed() -> None:
    outcome = check_converted(
        """\
        class Store:
            def __init__(self, app):
                self.database = app.extensions["sqlalchemy"]
        """,
        """\
        from app import db


        class Store:
            def __init__(self, app):
                self.database = db
        """,
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(3, "handed")]


def test_whether_it_is_there_is_asked_of_the_engines() -> None:
    check_converted(
        """\
        def again(app):
            if "sqlalchemy" in app.extensions:
                del app.extensions["sqlalchemy"]
            app.extensions.pop("sqlalchemy", None)
        """,
        """\
        def again(app):
            if "database" in app.extensions:
                del app.extensions["database"]
            app.extensions.pop("database", None)
        """,
    )


def test_what_puts_another_there_is_left_and_listed() -> None:
    outcome = check_noop('def use(app, other):\n    app.extensions["sqlalchemy"] = other\n')
    assert [(f.line, f.rule) for f in outcome.findings] == [(2, "registry")]


SCRIPT = """\
from flask import Flask

from app.extensions import db

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db.init_app(app)
with app.app_context():
    print("{}" in app.extensions, app.extensions["sqlalchemy"]{}.session.scalar(db.text("select 1")))
"""


def test_it_runs(tmp_path: Path) -> None:
    assert run(tmp_path, {}, SCRIPT.format("sqlalchemy", "")) == "True 1\n"


def test_the_second_generation_keeps_it_as_db(tmp_path: Path) -> None:
    assert TWO.printed(tmp_path, {}, SCRIPT.format("sqlalchemy", ".db")) == ["True 1"]


def test_a_db_that_is_stored_there_again_is_not_any_more() -> None:
    outcome = check_converted(
        """\
        from app.extensions import db


        def make(app):
            app.extensions["sqlalchemy"].db = db
            db.init_app(app)
        """,
        """\
        from app.extensions import db


        def make(app):
            db.init_app(app)
        """,
    )
    assert not outcome.findings


def test_a_target_there_is_left_and_listed() -> None:
    outcome = check_noop(
        "def use(app, other):\n"
        '    app.extensions["sqlalchemy"].db = other\n'
        '    del app.extensions["sqlalchemy"].db\n'
        '    with other as app.extensions["sqlalchemy"].db:\n'
        "        pass\n"
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [
        (line, "registry") for line in (2, 3, 4)
    ]


def test_a_module_that_is_imported_as_a_whole_has_nothing_more_in_it() -> None:
    text = 'def make(app):\n    app.extensions["sqlalchemy"].session.commit()\n    return {}\n'
    whole = text.format('app.extensions["sqlalchemy"]')
    _, part = converted(tree({"app/views.py": text.format("1")}))
    _, files = converted(tree({"app/views.py": whole}))
    assert "def __getattr__(" in files["app/db.py"]
    assert "def __dir__(" not in files["app/db.py"]
    assert "def record_queries(" not in files["app/db.py"]
    assert "def __getattr__(" not in part["app/db.py"]
