from pathlib import Path

from hipflask.project import File, Tree

from ..tools import check_converted, check_noop, converted, tree

TEXT = "from flask_session import Session\n\nSession()\n"


def test_sessions_in_the_database_are_kept_by_a_module_of_the_project() -> None:
    check_converted(
        TEXT,
        "from app.server_sessions import Session\n\nSession()\n",
        app__config='SESSION_TYPE = "sqlalchemy"\n',
    )


def test_sessions_elsewhere_stay_as_they_are() -> None:
    check_noop(TEXT, app__config='SESSION_TYPE = "redis"\n')


def test_the_module_is_written_beside_the_new_one() -> None:
    config = 'SESSION_TYPE = "sqlalchemy"\n'
    _, files = converted(tree({"app/views.py": TEXT, "app/config.py": config}))
    assert "from .db import" in files["app/server_sessions.py"]


def test_other_names_and_other_modules_stay() -> None:
    config = 'import flask_session\nSESSION_TYPE = "sqlalchemy"\n'
    check_noop("from flask_session import FileSystemSessionInterface\n", app__config=config)
    check_noop("from .flask_session import Session\n", app__config=config)
    check_noop("from requests import Session\n", app__config=config)


def test_a_name_of_its_own_is_kept() -> None:
    check_converted(
        "from flask_session import Session as Server\n\nServer()\n",
        "from app.server_sessions import Session as Server\n\nServer()\n",
        app__config='SESSION_TYPE = "sqlalchemy"\n',
    )


PACKAGE = {
    "app/__init__.py": (
        "from flask_session import Session\nfrom . import tools\n\n\n"
        "def create_app(app):\n    from . import models\n    models.db.init_app(app)\n    Session(app)\n"
    ),
    "app/tools.py": "",
    "app/models/__init__.py": "from .base import db\nfrom .user import User\n",
    "app/models/base.py": "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n",
    "app/models/user.py": (
        "from .. import tools\nfrom .base import db\n\n\n"
        "class User(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
    ),
    "app/config.py": 'SESSION_TYPE = "sqlalchemy"\n',
}


def test_a_package_that_the_models_import_imports_them_no_earlier_than_before() -> None:
    files = {path: File(path, text.encode()) for path, text in PACKAGE.items()}
    _, after = converted(Tree(Path("/nowhere"), files))
    top, _, function = after["app/__init__.py"].partition("def create_app")
    assert "server_sessions" not in top
    assert "    from .models.server_sessions import Session\n" in function
