"""How added imports stand in a file."""

from __future__ import annotations

import pytest

from tests.convert.tools import check_converted, check_noop


def test_a_name_is_imported_once_in_a_function_that_imports_the_db_and_a_model() -> None:
    check_converted(
        """\
        def count( ):
            from app.extensions import db
            from app.models import User
            db.session.flush()
            if db.session.dirty:
                from app.models import User as Person
                print(Person.query.count())
            return User.query.count()
        """,
        """\
        def count( ):
            from app.db import Session
            from app.models import User
            Session.flush()
            if Session.dirty:
                from app.models import User as Person
                print(Session.query(Person).count())
            return Session.query(User).count()
        """,
    )


def test_each_branch_of_a_function_imports_what_it_uses() -> None:
    check_converted(
        """\
        def count(all):
            if all:
                from app.models import User
                return User.query.count( )
            else:
                from app.models import User
                return User.query.distinct().count()
        """,
        """\
        def count(all):
            if all:
                from app.db import Session
                from app.models import User
                return Session.query(User).count( )
            else:
                from app.db import Session
                from app.models import User
                return Session.query(User).distinct().count()
        """,
    )


@pytest.mark.parametrize(
    ("comment", "added"),
    [
        ("# noqa: F401", ""),
        ("# the models as well", ""),
        ("# noqa: E402", "  # noqa: E402"),
        ("# noqa", "  # noqa"),
        ("# isort: skip", "  # isort: skip"),
    ],
)
def test_a_comment_stays_with_its_import(comment: str, added: str) -> None:
    check_converted(
        f"""\
        import sys
        sys.path.insert( 0, ".")
        from app.models import User, db  {comment}

        print( db.session.query(User).count())
        """,
        f"""\
        import sys
        sys.path.insert( 0, ".")
        from app.models import User  {comment}
        from app.db import Session{added}

        print( Session.query(User).count())
        """,
    )


def test_a_name_that_nothing_uses_any_more_is_imported_no_more() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.schemas import hidden, ma

        class UserSchema( ma.SQLAlchemyAutoSchema):
            internal = hidden
        """,
        """\
        from flask_marshmallow import sqla
        from app.schemas import hidden

        class UserSchema( sqla.SQLAlchemyAutoSchema):
            internal = hidden
        """,
        app__schemas="from flask_marshmallow import Marshmallow\n\nma = Marshmallow()\nhidden = 1\n",
    )


def test_a_package_keeps_the_db_for_others_but_not_what_it_used_itself() -> None:
    check_converted(
        """\
        from app.extensions import db

        def count( ):
            return db.session.connection( )
        """,
        """\
        from app.db import Session

        def count( ):
            return Session.connection( )
        """,
        path="app/views/__init__.py",
    )
    check_noop("from app.extensions import db\n", path="app/views/__init__.py")
