"""Where a new import goes, so that every module can be imported as before."""

from pathlib import Path

from ..tools import converted, run, tree

BASE = "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n"
MODELS = """\
from app import create_app
from app.models.base import db


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""
APP = """\
from flask import Flask, current_app


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    from app.models.base import db

    db.init_app(app)
    return app


def count():
    \"\"\"Return one.\"\"\"
    return current_app.extensions["sqlalchemy"].session.scalar(text("select 1"))


from sqlalchemy import text
"""
FILES = {
    "app/__init__.py": APP,
    "app/models.py": "",
    "app/extensions.py": "",
    "app/models/__init__.py": MODELS,
    "app/models/base.py": BASE,
}
SCRIPT = "import app\n\nwith app.create_app().app_context():\n    print(app.count())\n"


def test_a_package_imports_what_would_import_it_where_it_is_used(tmp_path: Path) -> None:
    _, files = converted(tree(FILES))
    assert files["app/__init__.py"].endswith(
        '''\
def count():
    """Return one."""
    from app.models.db import Session

    return Session.scalar(text("select 1"))


from sqlalchemy import text
'''
    )
    assert run(tmp_path, FILES, SCRIPT) == "1\n"


def test_a_package_that_imports_its_models_last_imports_the_session_last(tmp_path: Path) -> None:
    last = f"{APP}\nfrom app.models import User\n\n\ndef users():\n    return User.query\n"
    files = FILES | {"app/__init__.py": last}
    _, after = converted(tree(files))
    assert after["app/__init__.py"].endswith(
        """\
from app.models import User
from app.models.db import Session


def users():
    return Session.query(User)
"""
    )
    assert run(tmp_path, files, SCRIPT) == "1\n"


def test_two_models_bring_one_import_of_the_session() -> None:
    text = (
        "from app.models import {0}\n{1}from app.other import Post\n\n\ndef f():\n    return {2}\n"
    )
    asks = text.format("User", "", "User.query, Post.query")
    files = FILES | {"app/views.py": asks, "app/other.py": MODELS.replace("User", "Post")}
    files["app/models/__init__.py"] = f"{MODELS}\n\nfrom app import views\n"
    _, after = converted(tree(files))
    assert after["app/views.py"].count("import Session\n") == 1


def test_a_module_that_nothing_imports_first_imports_the_session_at_its_top() -> None:
    text = "from flask import current_app\n\n\ndef f():\n    return {}.session\n"
    asks = text.format('current_app.extensions["sqlalchemy"]')
    _, files = converted(tree(FILES | {"app/views.py": asks}))
    assert files["app/views.py"] == (
        "from app.models.db import Session\n\n\ndef f():\n    return Session\n"
    )
