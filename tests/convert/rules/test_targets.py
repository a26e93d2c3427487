import pytest

from ..tools import check_converted, check_noop, converted, tree

VIEWS = "from app.extensions import db\n\n\ndef save():\n    db.session.commit()\n"
ASKS = "from app.extensions import db\n\n\ndef save():\n    db.Session.commit()\n"


@pytest.mark.parametrize(
    "statement",
    [
        "database.{} = other",
        "database.{}: object = other",
        "database.{}, old = other, None",
        "del database.{}",
        "with other as database.{}: pass",
        "for database.{} in other: pass",
        "database.{} += other",
        "setattr(database, '{}', other)",
        "mock.patch('app.extensions.db.{}')",
        "mock.patch.object(database, '{}')",
    ],
)
def test_a_session_that_is_replaced_in_any_way_is_asked_of_the_module_each_time(
    statement: str,
) -> None:
    text = "from unittest import mock\n\nfrom app.extensions import db as database\n\nother = 1\n"
    before, after = (f"{text}{statement.format(name)}\n" for name in ("session", "Session"))
    after = after.replace("app.extensions.db", "app.db")
    if "patch(" in after:
        after = after.replace("\nfrom app.extensions import db as database\n", "\n")
    _, files = converted(tree({"tests/test_it.py": before, "app/views.py": VIEWS}))
    assert files["app/views.py"] == ASKS
    assert (
        statement.format("Session").replace("app.extensions.db", "app.db")
        in (files["tests/test_it.py"])
    )


@pytest.mark.parametrize(
    "statement",
    [
        "session = other.session",
        "other.session = 1",
        "getattr(db, 'session')",
        "hasattr(db, 'session')",
        "print('app.extensions.db.session')",
        "cache.set(name, 'session', 1)",
    ],
)
def test_a_session_that_nothing_replaces_is_imported_by_name(statement: str) -> None:
    text = f"from app.extensions import db\nother = cache = name = db\n{statement}\n"
    text = text.replace("= db\n", "= object()\n")
    _, files = converted(tree({"tests/test_it.py": text, "app/views.py": VIEWS}))
    assert "from app.db import Session\n" in files["app/views.py"]


def test_other_names_that_are_replaced_are_listed_with_what_is_used_instead() -> None:
    outcome = check_noop(
        "from app.extensions import db\n\ndb.Model = object\ndb.Column = None\n"
        "db.metadata = None\ndb.Table = None\ndb.relationship = None\ndb.mine = None\n"
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [
        (line, "targets") for line in (3, 4, 5, 6, 7)
    ]
    assert "the project uses Base instead" in outcome.findings[0].reason
    assert "the project uses sqlalchemy.orm.relationship instead" in outcome.findings[4].reason


def test_a_session_that_is_set_on_what_is_called_like_the_db_is_listed() -> None:
    text = "def isolate(db, other):\n    db.session = other\n"
    outcome, files = converted(tree({"tests/helpers.py": text, "app/views.py": VIEWS}))
    assert files["tests/helpers.py"] == text
    assert files["app/views.py"] == ASKS
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [
        ("tests/helpers.py", 2, "targets")
    ]


def test_an_attribute_of_the_session_is_set_on_the_new_one() -> None:
    check_converted(
        "from app.extensions import db\n\ndb.session.bind = None\n",
        "from app.db import Session\n\nSession.bind = None\n",
    )
