"""The new module has what the project can reach, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from hipflask.convert.pipeline import convert
from hipflask.project import read

from ..tools import converted, tree

SETTINGS = 'SQLALCHEMY_DATABASE_URI = "postgresql:///shop"\n'


def new_module(**files: str) -> str:
    texts = {f"{path}.py": text for path, text in files.items()}
    return converted(tree({"app/settings.py": SETTINGS, **texts}))[1]["app/db.py"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('SQLALCHEMY_ECHO = os.environ["ECHO"]', "SQLALCHEMY_ECHO"),
        ('SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 5}', "SQLALCHEMY_ENGINE_OPTIONS"),
        ('SQLALCHEMY_BINDS = {"log": "postgresql:///log"}', "def make_engines("),
        ('URL = "mysql+pymysql://me@host/shop"', "pool_recycle"),
        ('TEST_URL = "sqlite://"', "StaticPool"),
        ('URL = "sqlite:///shop.db"', "instance_path"),
        ('assert repr(user) == "<User 1>"', "def __repr__("),
        ("app.make_shell_context()", "shell_context_processor"),
    ],
)
def test_a_part_is_there_where_the_project_mentions_what_it_is_for(text: str, part: str) -> None:
    assert part not in new_module()
    assert part in new_module(config=text)


@pytest.mark.parametrize(
    "text",
    [
        'URL = "sqlite:////srv/shop.db"',
        'URL = "sqlite:///" + os.path.join(os.path.abspath("."), "shop.db")',
    ],
)
def test_an_absolute_path_of_sqlite_needs_no_code(text: str) -> None:
    assert "instance_path" not in new_module(config=text)


def test_where_only_the_environment_has_the_url_a_relative_path_works() -> None:
    _, texts = converted(tree({"config.py": 'SQLALCHEMY_DATABASE_URI = os.environ["URL"]'}))
    assert "# The URL comes from the environment" in texts["app/db.py"]


def test_settings_for_example_count(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from flask_sqlalchemy import SQLAlchemy\n\ndb = SQLAlchemy()\n\n\n"
        f"class User(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n\n\n{SETTINGS}"
    )
    (tmp_path / ".env.example").write_text("SQLALCHEMY_ECHO=1\n")
    written = {change.path: change.after for change in convert(read(tmp_path)).changes}
    assert b"SQLALCHEMY_ECHO" in (written["db.py"] or b"")


def test_the_names_of_the_extension_are_those_that_the_project_asks_for() -> None:
    helpers = """
    def add(db, user):
        db.session.add(user)
    """
    views = """
    from app.extensions import db
    from app.helpers import add

    def view(user):
        add(db, user)
    """
    texts = converted(tree({"app/helpers.py": helpers, "app/views.py": views}))[1]
    assert 'if name == "session":\n        return Session\n    raise' in texts["app/db.py"]
    assert "Table" not in texts["app/db.py"]
