import pytest

from ..tools import check_converted, check_noop, converted, tree


def test_the_model_and_its_key_are_the_arguments() -> None:
    check_converted(
        """\
        from app.models import User


        def show(id):
            user = User.query.get_or_404(id)
            other = (
                User
                .query
                .get_or_404(id, "none")
            )
        """,
        """\
        from app.db import get_or_404
        from app.models import User


        def show(id):
            user = get_or_404(User, id)
            other = get_or_404(
                User,
                id, "none"
            )
        """,
    )


def test_the_first_and_the_only_result_are_those_of_a_query() -> None:
    check_converted(
        """\
        from app.models import User

        User.query.filter_by(name="x").first_or_404(description="No x.")
        User.query.one_or_404()
        """,
        """\
        from app.db import Session, first_or_404, one_or_404
        from app.models import User

        first_or_404(Session.query(User).filter_by(name="x"), description="No x.")
        one_or_404(Session.query(User))
        """,
    )


def test_in_a_method_of_a_model_the_class_is_asked_for() -> None:
    check_converted(
        """\
        from app.extensions import db

        class Post(db.Model):
            __tablename__ = "post"

            @classmethod
            def by_id(cls, id):
                return cls.query.get_or_404(id)

            def again(self):
                return self.query.get_or_404(self.id)
        """,
        """\
        from app.db import Base, get_or_404

        class Post(Base):
            __tablename__ = "post"

            @classmethod
            def by_id(cls, id):
                return get_or_404(cls, id)

            def again(self):
                return get_or_404(type(self), self.id)
        """,
    )


def test_the_key_of_another_query_is_asked_of_the_query() -> None:
    _, files = converted(
        tree(
            {
                "app/views.py": "from app.models import User\n\n"
                "User.query.filter_by(name='x').get_or_404(1)\n"
            }
        )
    )
    assert "get_or_404(Session.query(User).filter_by(name='x'), 1)" in files["app/views.py"]
    assert "entity.get(ident)" in files["app/db.py"]
    assert "Session.get(" not in files["app/db.py"]


def test_what_the_db_answers_stays() -> None:
    text = """\
        from app.extensions import db
        from app.models import User

        db.get_or_404(User, 1, description="No.")
    """
    check_noop(text)


def test_the_name_of_the_statement_is_that_of_the_function() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.models import User


        def first(asked):
            return db.first_or_404(statement=asked)
        """,
        """\
        from app.extensions import db
        from app.models import User


        def first(asked):
            return db.first_or_404(query=asked)
        """,
    )


def test_a_function_has_the_arguments_that_are_used() -> None:
    text = "from app.models import User\n\nUser.query.get_or_404(1)\n"
    _, files = converted(tree({"app/views.py": text}))
    assert "def get_or_404(entity: Any, ident: Any) -> Any:" in files["app/db.py"]
    text = "from app.extensions import db\nfrom app.models import User\n\ndb.get_or_404(User, 1, options=[])\n"
    _, files = converted(tree({"app/views.py": text}))
    assert "def get_or_404(entity: Any, ident: Any, **options: Any) -> Any:" in files["app/db.py"]
    assert "Session.get(entity, ident, **options)" in files["app/db.py"]


REPOSITORY = """\
class Repository:
    def get_or_404(self, ident):
        return ident
"""


def test_a_receiver_that_may_be_of_the_project_keeps_the_method() -> None:
    outcome = check_noop("def show(users):\n    return users.get_or_404(1)\n", app__r=REPOSITORY)
    assert [(f.line, f.rule) for f in outcome.findings] == [(2, "not_found")]


@pytest.mark.parametrize("line", ["Repository().get_or_404(id=1)", "Repository.get_or_404(1, 2)"])
def test_a_method_of_the_project_stays(line: str) -> None:
    text = f"from app.r import Repository\n\n{line}\n"
    assert check_noop(text, app__r=REPOSITORY).findings == []


def test_its_own_method_stays() -> None:
    text = REPOSITORY + "\n    def show(self):\n        return self.get_or_404(1)\n"
    assert check_noop(text).findings == []


def test_a_method_that_a_test_replaces_is_still_called_as_a_method() -> None:
    outcome, files = converted(
        tree(
            {
                "app/views.py": "from app.models import User\n\n\ndef f():\n    User.query.first_or_404()\n",
                "tests/test_it.py": "def test(query):\n    query.first_or_404.return_value = 1\n",
            }
        )
    )
    assert "Session.query(User).first_or_404()" in files["app/views.py"]
    assert "    first_or_404 = first_or_404" in files["app/db.py"]
    assert [f.rule for f in outcome.findings if f.path == "app/views.py"] == ["not_found"]


def test_a_method_of_a_library_s_object_stays() -> None:
    text = "from flask_flatpages import FlatPages\n\npages = FlatPages()\npages.get_or_404('a')\n"
    assert check_noop(text).findings == []
