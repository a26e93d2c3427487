import pytest

from ..tools import check_converted, check_noop, converted, tree


def test_a_query_of_a_model_becomes_a_query_of_the_session() -> None:
    check_converted(
        """\
        from app.models import User

        first = (
            User.query  # all of them
            .order_by(User.name)
            .first()
        )
        """,
        """\
        from app.db import Session
        from app.models import User

        first = (
            Session.query(User)  # all of them
            .order_by(User.name)
            .first()
        )
        """,
    )


def test_a_model_that_is_reached_through_its_module_is_known() -> None:
    check_converted(
        """\
        import app.models

        count = app.models.User.query.count()
        """,
        """\
        import app.models
        from app.db import Session

        count = Session.query(app.models.User).count()
        """,
    )


def test_in_a_method_of_a_model_the_class_is_queried() -> None:
    check_converted(
        """\
        from app.extensions import db

        class Post(db.Model):
            __tablename__ = "post"

            @classmethod
            def first(cls):
                return cls.query.first()

            def others(self):
                return self.query.all()
        """,
        """\
        from app.db import Base, Session

        class Post(Base):
            __tablename__ = "post"

            @classmethod
            def first(cls):
                return Session.query(cls).first()

            def others(self):
                return Session.query(type(self)).all()
        """,
    )


def test_a_query_class_of_a_model_is_kept() -> None:
    check_converted(
        """\
        from app.extensions import db

        class Post(db.Model):
            __tablename__ = "post"
            query_class = Special

        Post.query.special()
        """,
        """\
        from app.db import Base, Session

        class Post(Base):
            __tablename__ = "post"
            query_class = Special

        Post.query_class(Post, Session()).special()
        """,
    )


def test_a_model_that_only_the_running_program_knows_is_left_and_listed() -> None:
    outcome = check_noop("def count(model):\n    return model.query.count()\n")
    assert [(f.path, f.line, f.rule) for f in outcome.findings] == [("app/views.py", 2, "query")]


def test_a_column_called_query_is_no_query() -> None:
    check_converted(
        """\
        from app.extensions import db

        class Search(db.Model):
            __tablename__ = "search"
            query = db.Column(db.String)

        Search.query.desc()
        """,
        """\
        import sqlalchemy as sa
        from app.db import Base

        class Search(Base):
            __tablename__ = "search"
            query = sa.Column(sa.String)

        Search.query.desc()
        """,
    )


def test_what_a_function_of_another_library_returns_may_be_a_model() -> None:
    outcome = check_noop(
        "from models import class_of\n\nVersion = class_of(object)\nprint(Version.query.all())\n"
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(4, "query")]


def test_a_version_of_a_model_is_a_model() -> None:
    check_converted(
        """\
        from sqlalchemy_continuum import version_class

        from app.models import User

        UserVersion = version_class(User)
        print(UserVersion.query.all())
        """,
        """\
        from sqlalchemy_continuum import version_class

        from app.db import Session
        from app.models import User

        UserVersion = version_class(User)
        print(Session.query(UserVersion).all())
        """,
    )


def test_the_new_module_has_what_a_place_that_is_left_needs() -> None:
    _, files = converted(tree({"app/x.py": "def count(model):\n    return model.query.count()\n"}))
    assert "query = QueryProperty()" in files["app/db.py"]


@pytest.mark.parametrize(
    "line",
    [
        "request.query.get('x')",
        "thing.query()",
        "self.query.all()",
        "thing.query = 1",
        "flask.query.all()",
        "db.session.query.all()",
        "print(len(thing.query or ''))",
    ],
)
def test_what_is_plainly_no_query_of_a_model_is_not_listed(line: str) -> None:
    text = f"import flask\nfrom app.extensions import db\n\ndb.create_all()\n{line}\n"
    outcome, files = converted(tree({"app/views.py": text}))
    assert [finding for finding in outcome.findings if finding.rule == "query"] == []
    assert "QueryProperty" not in files["app/db.py"]


@pytest.mark.parametrize(
    "function",
    [
        "    @staticmethod\n    def first(cls):\n        return cls.query.first()\n",
        "    def first(self, cls):\n        return cls.query.first()\n",
        "    def first(cls):\n        cls = other()\n        return cls.query.first()\n",
        "    def first():\n        return first.query.first()\n",
    ],
)
def test_what_is_no_class_of_the_method_is_left_and_listed(function: str) -> None:
    text = f"from app.models import User\n\n\nclass Guest(User):\n    x = 1\n\n{function}"
    outcome = check_noop(text)
    assert [finding.rule for finding in outcome.findings] == ["query"]


def test_in_a_method_of_something_else_nothing_is_known() -> None:
    text = (
        "class Service:\n    @classmethod\n    def first(cls):\n        return cls.query.first()\n"
    )
    assert [finding.rule for finding in check_noop(text).findings] == ["query"]


def test_in_a_method_of_a_mixin_of_models_the_class_is_queried() -> None:
    check_converted(
        """\
        from app.extensions import db

        class Findable:
            @classmethod
            def first(klass):
                return klass.query.first()

            def others(model):
                return model.query.all()

        class Post(Findable, db.Model):
            __tablename__ = "post"
        """,
        """\
        from app.db import Base, Session

        class Findable:
            @classmethod
            def first(klass):
                return Session.query(klass).first()

            def others(model):
                return Session.query(type(model)).all()

        class Post(Findable, Base):
            __tablename__ = "post"
        """,
    )


def test_a_query_that_a_test_replaces_is_left_and_listed_once_a_model() -> None:
    outcome = check_noop(
        "from app.models import User\n\nUser.query.all()\nUser.query.one()\n",
        tests__test_it="from unittest import mock\n\nmock.patch('app.models.User.query')\n",
    )
    (finding,) = [finding for finding in outcome.findings if finding.rule == "query"]
    assert (finding.path, finding.line) == ("app/models.py", 4)
    assert finding.what == "User.query"
    assert "A test patches the query of a model" in finding.reason


def test_a_model_whose_subclass_brings_a_query_class_is_left_and_listed() -> None:
    outcome = check_noop(
        "from app.models import User\n\n\nclass Guest(User):\n    query_class = Special\n\n\n"
        "print(User.query.all())\n"
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(8, "query")]


def test_the_query_of_the_base_itself_is_left_and_listed() -> None:
    outcome, files = converted(
        tree({"app/x.py": "from app.extensions import db\n\nprint(db.Model.query)\n"})
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(3, "query")]
    assert "print(Base.query)" in files["app/x.py"]


def test_the_query_of_a_class_that_is_no_model_stays() -> None:
    text = "class Search:\n    query = 1\n\n\nprint(Search.query.x)\n"
    assert check_noop(text).findings == []


@pytest.mark.parametrize("made", ["with_polymorphic(User, '*')", "aliased(User)"])
def test_an_alias_of_a_model_is_left_and_listed(made: str) -> None:
    outcome = check_noop(
        f"""\
        from sqlalchemy.orm import aliased, with_polymorphic

        from app.models import User


        def recent():
            any_request = {made}
            return any_request.query.all()
        """
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(8, "query")]


def test_what_is_asked_as_only_queries_are_is_left_and_listed_whatever_its_name() -> None:
    outcome = check_noop(
        "def recent(request_class):\n    return request_class.query.filter_by(x=1)\n"
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(2, "query")]


def test_the_query_of_a_mock_is_not_listed() -> None:
    outcome = check_noop(
        "def test_it(mock_user):\n    mock_user.query.filter_by.return_value = 1\n"
    )
    assert outcome.findings == []
