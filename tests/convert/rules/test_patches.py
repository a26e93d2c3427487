import pytest

from ..tools import check_converted, check_noop, converted, tree

VIEWS = "from app.extensions import db\n\n\ndef save():\n    db.session.commit()\n"


def test_what_a_test_patches_by_name_is_called_by_its_new_name() -> None:
    check_converted(
        """\
        from unittest import mock

        mock.patch("app.views.db.session.commit")
        """,
        """\
        from unittest import mock

        mock.patch("app.db.Session.commit")
        """,
        path="tests/test_it.py",
        app__views=VIEWS,
    )


SAVE = "from app.db import Session\n\n\ndef save():\n    Session.commit()\n"


@pytest.mark.parametrize(
    ("patching", "patched"),
    [
        ("mock.patch('app.views.db.session')\n", "mock.patch('app.db.Session')\n"),
        (
            "from app import views\n\nmock.patch.object(views.db, 'session')\n",
            "from app import views\n\nmock.patch.object(views.db, 'Session')\n",
        ),
    ],
)
def test_a_session_that_is_patched_for_a_module_is_looked_up_there_and_in_what_it_imports(
    patching: str, patched: str
) -> None:
    calling = (
        "from app.deep import save\nfrom app.extensions import db\n\nprint(db.session, save)\n"
    )
    _, texts = converted(
        tree(
            {
                "app/views.py": calling,
                "app/deep.py": VIEWS,
                "app/others.py": VIEWS,
                "tests/test_it.py": f"from unittest import mock\n\n{patching}",
            }
        )
    )
    assert texts["app/views.py"] == calling.replace("db.session", "db.Session")
    assert texts["app/deep.py"] == VIEWS.replace("db.session", "db.Session")
    assert texts["app/others.py"] == SAVE
    assert texts["tests/test_it.py"].endswith(patched)


def test_a_text_that_names_the_session_replaces_nothing() -> None:
    check_converted(VIEWS, SAVE, app__texts="print('db.session')\n")


def test_a_module_whose_db_is_replaced_keeps_asking_it() -> None:
    outcome = check_noop(
        VIEWS,
        tests__test_it="from unittest import mock\n\nmock.patch('app.views.db')\n",
    )
    assert [(f.path, f.rule) for f in outcome.findings] == [("app/views.py", "patches")]


def test_what_a_test_sets_on_the_db_is_called_by_its_new_name() -> None:
    check_converted(
        """\
        from app.extensions import db


        def test_it(monkeypatch):
            monkeypatch.setattr(db, "session", None)
            monkeypatch.setattr(db, 'Model', None)
            monkeypatch.setattr(db, "mine", None)
            monkeypatch.setattr(other, "session", None)
            monkeypatch.setattr(db, name, 0)
            monkeypatch.setattr(db, 1)
            monkeypatch.delattr(db)
        """,
        """\
        from app.extensions import db


        def test_it(monkeypatch):
            monkeypatch.setattr(db, "Session", None)
            monkeypatch.setattr(db, 'Base', None)
            monkeypatch.setattr(db, "mine", None)
            monkeypatch.setattr(other, "session", None)
            monkeypatch.setattr(db, name, 0)
            monkeypatch.setattr(db, 1)
            monkeypatch.delattr(db)
        """,
        path="tests/test_it.py",
    )


def test_the_new_module_has_what_a_test_replaces() -> None:
    text = (
        "from app.extensions import db\n\n\ndef test_it(monkeypatch):\n"
        "    monkeypatch.setattr(db, 'create_all', None)\n"
    )
    _, files = converted(tree({"tests/test_it.py": text}))
    assert files["tests/test_it.py"] == text
    assert "def create_all(" in files["app/db.py"]


def test_the_session_itself_may_be_replaced_by_name() -> None:
    check_converted(
        "from unittest import mock\n\nmock.patch('app.views.db.session')\n",
        "from unittest import mock\n\nmock.patch('app.db.Session')\n",
        path="tests/test_it.py",
        app__views=VIEWS,
    )


def test_a_name_that_is_no_db_of_the_project_stays() -> None:
    check_noop(
        """\
        from unittest import mock

        mock.patch("other.views.db.session.commit")
        mock.patch("app.models.db.session.commit")
        NAME = "app.extensions.db.session"
        """,
        path="tests/test_it.py",
        app__models="db = 1\n",
    )


def test_a_name_that_is_written_in_pieces_is_listed() -> None:
    outcome = check_noop(
        "from unittest import mock\n\nmock.patch('app.views.' 'db.session.commit')\n",
        path="tests/test_it.py",
        app__views=VIEWS,
    )
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [
        ("tests/test_it.py", 3, "patches")
    ]


def test_a_file_that_is_called_like_a_module_with_the_db_is_no_patch() -> None:
    outcome, files = converted(
        tree(
            {
                "app/views.py": VIEWS,
                "app/setup.py": "PATHS = ('app.views.db', open('app.views.db'))\n",
            }
        )
    )
    assert outcome.findings == []
    assert "Session" in files["app/views.py"]


def test_a_model_that_a_test_replaces_by_name_is_asked_for_its_query() -> None:
    outcome = check_converted(
        """\
        from app.models import User


        def users():
            return User.query.all(), User.query.count()
        """,
        """\
        from app.models import User


        def users():
            return User.query.all(), User.query.count()
        """,
        tests__test_it="from unittest import mock\n\nmock.patch('app.views.User')\n",
        app__other="from app.models import User\n\nprint(User.query.all())\n",
    )
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/views.py", 1, "query")]
    changed = {change.path: change.after for change in outcome.changes}
    assert b"Session.query(User)" in (changed["app/other.py"] or b"")
    assert b"query = QueryProperty()" in (changed["app/db.py"] or b"")
