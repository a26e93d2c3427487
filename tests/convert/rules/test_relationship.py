from ..tools import check_converted, check_noop

BEFORE = """\
from app.extensions import db

posts = db.relationship("Post", lazy="dynamic")
"""
# A test that replaces the method, which is therefore left.
PAGES = "def test(user):\n    user.posts.paginate.return_value = []\n"


def test_a_relationship_is_that_of_sqlalchemy() -> None:
    check_converted(
        BEFORE,
        """\
        from sqlalchemy import orm

        posts = orm.relationship("Post", lazy="dynamic")
        """,
    )


def test_a_dynamic_relationship_keeps_the_methods_that_are_left() -> None:
    check_converted(
        BEFORE,
        """\
        from sqlalchemy import orm

        from app.db import Query

        posts = orm.relationship("Post", lazy="dynamic", query_class=Query)
        """,
        tests__test_pages=PAGES,
    )


def test_a_dynamic_relationship_is_plain_where_a_function_makes_its_pages() -> None:
    check_converted(
        BEFORE,
        """\
        from sqlalchemy import orm

        posts = orm.relationship("Post", lazy="dynamic")
        """,
        app__pages="def page(user):\n    return user.posts.paginate(page=1)\n",
    )


def test_a_loader_or_a_backref_that_is_dynamic_keeps_its_pages_too() -> None:
    check_converted(
        """\
        from app.extensions import db

        posts = db.dynamic_loader("Post")
        tags = db.relationship("Tag", backref=db.backref("x", lazy="dynamic"))
        own = db.relationship("Own", lazy="dynamic", query_class=Special)
        both = db.relationship("B", backref=db.backref("b", lazy="dynamic", query_class=Special))
        """,
        """\
        from sqlalchemy import orm

        from app.db import Query

        posts = orm.dynamic_loader("Post", query_class=Query)
        tags = orm.relationship("Tag", backref=orm.backref("x", lazy="dynamic", query_class=Query))
        own = orm.relationship("Own", lazy="dynamic", query_class=Special)
        both = orm.relationship("B", backref=orm.backref("b", lazy="dynamic", query_class=Special))
        """,
        tests__test_pages=PAGES,
    )


def test_a_relationship_that_is_not_dynamic_needs_no_query_class() -> None:
    check_converted(
        """\
        from app.extensions import db

        posts = db.relationship("Post", lazy="select", backref=db.backref("user", lazy="select"))
        tags = db.relationship("Tag", backref="users")
        """,
        """\
        from sqlalchemy import orm

        posts = orm.relationship("Post", lazy="select", backref=orm.backref("user", lazy="select"))
        tags = orm.relationship("Tag", backref="users")
        """,
        tests__test_pages=PAGES,
    )


def test_a_relationship_of_something_else_stays() -> None:
    check_noop(
        "from app.extensions import db\nfrom other import orm\n\n"
        "posts = orm.relationship('Post', lazy='dynamic')\ndb.create_all()\n",
        tests__test_pages=PAGES,
    )


def test_a_backref_by_itself_is_left_as_it_is_called() -> None:
    check_converted(
        "from app.extensions import db\n\nback = db.backref('posts', lazy='dynamic')\n",
        "from sqlalchemy import orm\n\nback = orm.backref('posts', lazy='dynamic')\n",
        tests__test_pages=PAGES,
    )
