import pytest

from ..tools import check_converted, check_noop, converted, tree

TWO = {"requirements.txt": "flask-sqlalchemy==2.5.1\n"}


def test_a_query_is_paginated_by_a_function() -> None:
    check_converted(
        """\
        from app.models import User

        page = User.query.order_by(User.name).paginate(page=2, per_page=10)
        """,
        """\
        from app.db import Session, paginate
        from app.models import User

        page = paginate(Session.query(User).order_by(User.name), page=2, per_page=10)
        """,
    )


def test_the_brackets_around_a_chain_are_those_of_the_function() -> None:
    check_converted(
        """\
        from app.models import User


        def users(page):
            users = (
                User.query  # all of them
                .filter_by(name="x")
                # newest first
                .order_by(User.id)
                .paginate(
                    page=page,
                    per_page=20,  # few
                )
            )
            return (User.query
                    .order_by(User.id)
                    .paginate(page=page,
                              per_page=5))
        """,
        """\
        from app.db import Session, paginate
        from app.models import User


        def users(page):
            users = paginate(
                Session.query(User)  # all of them
                .filter_by(name="x")
                # newest first
                .order_by(User.id),
                page=page,
                per_page=20,  # few
            )
            return paginate(Session.query(User)
                            .order_by(User.id),
                            page=page,
                            per_page=5)
        """,
    )


def test_arguments_keep_their_lines() -> None:
    check_converted(
        """\
        from app.models import User


        def users(page):
            first = User.query.filter_by(
                name="x"
            ).paginate(
                page=page, per_page=3,
                error_out=False)
            second = User.query.paginate(page=page, per_page=3,
                                         error_out=False)
            third = User.query.order_by(User.id) \\
                .paginate(page=page)
            return [first, second, third, len(User.query.paginate().items)]
        """,
        """\
        from app.db import Session, paginate
        from app.models import User


        def users(page):
            first = paginate(
                Session.query(User).filter_by(
                    name="x"
                ),
                page=page, per_page=3,
                error_out=False)
            second = paginate(Session.query(User), page=page, per_page=3,
                              error_out=False)
            third = paginate(Session.query(User).order_by(User.id),
                page=page)
            return [first, second, third, len(paginate(Session.query(User)).items)]
        """,
    )


def test_the_db_paginates_as_before() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.models import User

        page = db.paginate(select=db.select(User), page=2)
        """,
        """\
        import sqlalchemy as sa

        from app.extensions import db
        from app.models import User

        page = db.paginate(query=sa.select(User), page=2)
        """,
    )


def test_any_receiver_is_a_query_where_nothing_else_has_pages() -> None:
    check_converted(
        """\
        def page_of(query, user):
            return query.paginate(page=1), user.posts.paginate(page=1)
        """,
        """\
        from app.db import paginate


        def page_of(query, user):
            return paginate(query, page=1), paginate(user.posts, page=1)
        """,
    )


def test_a_function_of_that_name_stays_apart() -> None:
    check_converted(
        """\
        def paginate(query):
            return query.paginate(page=1)
        """,
        """\
        from app.db import paginate as db_paginate


        def paginate(query):
            return db_paginate(query, page=1)
        """,
    )


def test_the_query_class_is_gone() -> None:
    text = "from app.models import User\n\nUser.query.paginate(page=1)\n"
    _, files = converted(tree({"app/views.py": text}))
    assert "class Query" not in files["app/db.py"]
    assert "query_cls" not in files["app/db.py"]


SERVICE = """\
class Service:
    def paginate(self, page):
        return page
"""


def test_a_receiver_that_may_be_of_the_project_keeps_the_method() -> None:
    outcome = check_noop("def page_of(items):\n    return items.paginate(page=1)\n", app__s=SERVICE)
    assert [(f.line, f.rule) for f in outcome.findings] == [(2, "pages")]
    db_module = next(c.after for c in outcome.changes if c.path == "app/db.py")
    assert db_module is not None
    assert "    paginate = paginate" in db_module.decode()
    assert "query_cls=Query" in db_module.decode()


def test_what_is_certainly_a_query_becomes_the_argument_all_the_same() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.models import User


        def page_of(name, user):
            users = User.query.order_by(User.id)
            if name:
                users = users.filter_by(name=name)
            users.paginate(page=1)
            db.session.query(User).paginate(page=1)
            user.posts.paginate(page=1)
        """,
        """\
        from app.db import Session, paginate
        from app.models import User


        def page_of(name, user):
            users = Session.query(User).order_by(User.id)
            if name:
                users = users.filter_by(name=name)
            paginate(users, page=1)
            paginate(Session.query(User), page=1)
            paginate(user.posts, page=1)
        """,
        app__s=SERVICE,
        app__posts="""\
        from app.extensions import db


        class Author(db.Model):
            __tablename__ = "author"
            id = db.Column(db.Integer, primary_key=True)
            posts = db.relationship("Post", backref="author", lazy="dynamic")
        """,
    )


@pytest.mark.parametrize(
    "line",
    [
        "client.get_paginator('list_objects').paginate()",
        "client.objects.paginate(Bucket='b')",
        "flask_paginate.paginate(page=1)",
        "Service.paginate(1)",
    ],
)
def test_the_pages_of_something_else_stay(line: str) -> None:
    text = f"import flask_paginate\nfrom app.s import Service\n\n\ndef f(client):\n    {line}\n"
    outcome = check_noop(text, app__s=SERVICE)
    assert outcome.findings == []


def test_a_decorator_is_no_query() -> None:
    assert check_noop("@blueprint.paginate()\ndef users():\n    return []\n").findings == []


@pytest.mark.parametrize(
    "replaced",
    [
        "query.paginate.return_value = []",
        "mock.patch.object(query, 'paginate')",
        "mock.patch('app.models.User.query.paginate')",
        "mock.Mock(paginate=print)",
        "mock.Mock(**{'paginate.return_value': []})",
    ],
)
def test_a_method_that_a_test_replaces_is_still_called_as_a_method(replaced: str) -> None:
    outcome, files = converted(
        tree(
            {
                "app/views.py": "def page_of(query):\n    return query.paginate(page=1)\n",
                "tests/test_it.py": f"from unittest import mock\n\n\ndef test(query):\n    {replaced}\n",
            }
        )
    )
    assert "query.paginate(page=1)" in files["app/views.py"]
    assert "    paginate = paginate" in files["app/db.py"]
    assert [f.rule for f in outcome.findings if f.path == "app/views.py"] == ["pages"]


def test_a_test_that_replaces_the_function_is_no_reason() -> None:
    _, files = converted(
        tree(
            {
                "app/views.py": "def page_of(query):\n    return query.paginate(page=1)\n",
                "tests/test_it.py": "from unittest import mock\n\nmock.patch('app.extensions.db.paginate')\n",
            }
        )
    )
    assert "paginate(query, page=1)" in files["app/views.py"]


def test_a_query_class_that_has_pages_of_its_own_is_asked_for_them() -> None:
    text = """\
        from flask_sqlalchemy.query import Query
        from app.extensions import db


        class Few(Query):
            def paginate(self, **options):
                return super().paginate(per_page=5, **options)


        class Post(db.Model):
            __tablename__ = "post"
            query_class = Few
            id = db.Column(db.Integer, primary_key=True)
    """
    _, files = converted(
        tree(
            {
                "app/posts.py": text,
                "app/views.py": "from app.posts import Post\n\nPost.query.paginate()\n",
            }
        )
    )
    assert "Post.query_class(Post, Session()).paginate()" in files["app/views.py"]
    assert "super().paginate(per_page=5, **options)" in files["app/posts.py"]
    assert "    paginate = paginate" in files["app/db.py"]


def test_a_file_that_python_cannot_read_keeps_the_method() -> None:
    _, files = converted(
        tree(
            {
                "app/old.py": "print User.query.paginate(1)\n",
                "app/x.py": "def f(q):\n    q.paginate()\n",
            }
        )
    )
    assert "    paginate = paginate" in files["app/db.py"]


def test_a_total_that_is_assigned_is_reported_in_the_second_generation() -> None:
    text = """\
        from app.models import User

        page = User.query.paginate(1, 5)
        page.total = 3
    """
    outcome, _ = converted(tree({"app/views.py": text, **TWO}))
    assert [(f.line, f.rule) for f in outcome.findings] == [(4, "pages")]
    outcome, files = converted(tree({"app/views.py": text}))
    assert outcome.findings == []
    assert "class QueryPagination" in files["app/db.py"]
