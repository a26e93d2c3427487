from ..tools import check_converted, check_noop, converted, tree


def test_the_session_of_the_db_becomes_the_session_of_the_new_module() -> None:
    check_converted(
        """\
        from app.extensions import db


        def commit():
            db.session.commit()  # now
        """,
        """\
        from app.db import Session


        def commit():
            Session.commit()  # now
        """,
    )


def test_comments_and_docstrings_name_the_session_as_the_code_does() -> None:
    check_converted(
        '''\
        """Views; each ends with db.session.commit()."""

        from app.extensions import db


        def commit():
            """Commit ``db.session``, but not old_db.session or db.sessions.

            >>> db.session.commit()
            """
            é = "the db.session"  # a text, not the db.session itself
            # db.session.flush()
            db.session.commit(
                # db.session has no arguments here
            )
        ''',
        '''\
        """Views; each ends with Session.commit()."""

        from app.db import Session


        def commit():
            """Commit ``Session``, but not old_db.session or db.sessions.

            >>> db.session.commit()
            """
            é = "the db.session"  # a text, not the Session itself
            # Session.flush()
            Session.commit(
                # Session has no arguments here
            )
        ''',
    )


def test_a_comment_in_a_file_that_has_no_session_stays() -> None:
    check_noop("# db.session is not used here\nprint(1)\n")


def test_an_import_in_a_function_stays_in_the_function() -> None:
    check_converted(
        """\
        def commit():
            from app.extensions import db

            db.session.commit()
        """,
        """\
        def commit():
            from app.db import Session

            Session.commit()
        """,
    )


def test_a_name_that_the_file_uses_is_not_shadowed() -> None:
    check_converted(
        """\
        from requests import Session

        from app.extensions import db

        db.session.add(Session())
        """,
        """\
        from requests import Session

        from app.db import Session as DbSession

        DbSession.add(Session())
        """,
    )


def test_a_session_that_a_test_replaces_is_asked_of_the_module_each_time() -> None:
    check_converted(
        """\
        from app.extensions import db


        def test_it(other):
            db.session = other
            db.session.commit()
        """,
        """\
        from app.extensions import db


        def test_it(other):
            db.Session = other
            db.Session.commit()
        """,
        path="tests/test_it.py",
    )


def test_a_session_of_something_else_stays() -> None:
    check_noop(
        """\
        from app.extensions import db

        def test(client):
            client.session.add(1)
            db.create_all()
            db.init_app(None)
        """
    )


def test_the_new_module_has_the_session_that_a_test_replaces() -> None:
    text = "from app.extensions import db\n\ndb.session = None\n"
    _, files = converted(tree({"tests/test_it.py": text}))
    assert files["tests/test_it.py"].endswith("db.Session = None\n")
    assert "\nSession = " in files["app/db.py"]


REPLACED = """\
from app.extensions import db


def test_it(other):
    db.session = other
"""


def test_a_session_that_a_test_replaces_is_asked_of_the_module_where_the_db_was_made() -> None:
    check_converted(
        """\
        from flask_sqlalchemy import SQLAlchemy

        db = SQLAlchemy()


        class Tag(db.Model):
            __tablename__ = "tag"
            id = db.Column(db.Integer, primary_key=True)

            def save(self):
                db.session.add(self)
                print(Tag.query.count())
        """,
        """\
        import sqlalchemy as sa

        from app import db
        from app.db import Base


        class Tag(Base):
            __tablename__ = "tag"
            id = sa.Column(sa.Integer, primary_key=True)

            def save(self):
                db.Session.add(self)
                print(db.Session.query(Tag).count())
        """,
        path="app/extensions.py",
        tests__test_it=REPLACED,
    )


def test_a_db_that_is_at_hand_is_not_imported_once_more_to_ask_it_for_the_session() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.models import User


        def users():
            db.session.commit()
            return User.query.all()
        """,
        """\
        from app.extensions import db
        from app.models import User


        def users():
            db.Session.commit()
            return db.Session.query(User).all()
        """,
        tests__test_it=REPLACED,
    )
    check_converted(
        """\
        from app.models import User
        from app.extensions import db as _db


        def users(_db):
            return User.query.all()


        def reset():
            _db.drop_all()
        """,
        """\
        from app.models import User
        from app.extensions import db as _db
        from app import db


        def users(_db):
            return db.Session.query(User).all()


        def reset():
            _db.drop_all()
        """,
        tests__test_it=REPLACED,
    )
