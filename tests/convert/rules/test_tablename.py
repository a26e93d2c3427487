import pytest

from hipflask.convert.rules.tablename import table_name

from ..tools import check_converted, check_noop, converted, tree

START = "from app.models import User\nfrom app.db import Base\n"


@pytest.mark.parametrize(
    ("name", "newer", "older"),
    [
        ("User", "user", "user"),
        ("ConfigFileBase64", "config_file_base64", "config_file_base64"),
        ("LLMAuditLog", "llm_audit_log", "llm_audit_log"),
        ("UserID", "user_id", "userID"),
        ("_Hidden", "hidden", "hidden"),
    ],
)
def test_a_name_is_the_one_that_the_generation_gave(name: str, newer: str, older: str) -> None:
    assert (table_name(name, 3), table_name(name, 2)) == (newer, older)


def test_a_model_of_a_table_of_its_own_gets_its_name() -> None:
    check_converted(
        """\
        from app.models import User
        from app.extensions import db

        class BlogPost(db.Model):
            '''A post.'''

            id = db.Column(db.Integer, primary_key=True)

        class Admin(User):
            id = db.Column(db.ForeignKey("user.id"), primary_key=True)

        class Guest(User):
            pass
        """,
        """\
        from app.models import User
        import sqlalchemy as sa
        from app.db import Base

        class BlogPost(Base):
            '''A post.'''

            __tablename__ = 'blog_post'
            id = sa.Column(sa.Integer, primary_key=True)

        class Admin(User):
            __tablename__ = 'admin'
            id = sa.Column(sa.ForeignKey("user.id"), primary_key=True)

        class Guest(User):
            pass
        """,
    )


def test_a_name_that_the_extension_passed_over_goes() -> None:
    outcome = check_converted(
        """\
        from app.models import User

        class Guest(User):
            __tablename__ = "guest"
            __mapper_args__ = {}
        """,
        """\
        from app.models import User

        class Guest(User):
            __mapper_args__ = {}
        """,
        app__other="from app.views import Guest\nGuest.query\n",
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(4, "tablename")]


def test_an_abstract_class_and_a_mixin_with_a_name_give_none() -> None:
    check_noop(
        """\
        class Named:
            __tablename__ = "things"
        """
    )


START_OF_MODELS = "from app.extensions import db\n\n\n"
KEY = "    id = db.Column(db.Integer, primary_key=True)\n"


def written(text: str) -> str:
    """Return what models become."""
    _, files = converted(tree({"app/views.py": START_OF_MODELS + text}))
    return files["app/views.py"]


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("    '''Said.'''\n", "    '''Said.'''\n\n    __tablename__ = 'post'\n"),
        ("    pass\n", '    __tablename__ = "post"\n'),
        ("    'Said.'\n    pass\n", "    'Said.'\n    __tablename__ = 'post'\n    pass\n"),
        ("    pass\n    x = 1\n", '    __tablename__ = "post"\n    pass\n    x = 1\n'),
        ("    go()\n", '    __tablename__ = "post"\n    go()\n'),
        ("    @one\n    def f(self): ...\n", '    __tablename__ = "post"\n\n    @one\n    def f'),
    ],
)
def test_a_name_comes_first_in_the_class(body: str, first: str) -> None:
    assert f"class Post(Base):\n{first}" in written(f"class Post(db.Model):\n{body}")


def test_a_class_on_one_line_gets_its_name_there() -> None:
    assert 'class Post(Base): __tablename__ = "post"; x = 1\n' in written(
        "class Post(db.Model): x = 1\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "class Post(db.Model):\n    __abstract__ = True\n",
        "class Post(db.Model):\n    __table__ = made\n",
        "class Post(db.Model):\n    @declared_attr\n    def __tablename__(cls): return 'x'\n",
        "class Named:\n    @declared_attr\n    def __tablename__(cls): return 'x'\n\n\n"
        f"class Post(Named, db.Model):\n{KEY}",
        "class Named:\n    __tablename__ = 'named'\n\n\n" + f"class Post(Named, db.Model):\n{KEY}",
        "class Old(db.Model):\n    __abstract__ = True\n    __tablename__ = 'old'\n\n\n"
        f"class Post(Old):\n{KEY}",
        f"class Post:\n{KEY}",
    ],
)
def test_a_class_that_has_its_name_otherwise_gets_none(text: str) -> None:
    assert "__tablename__ = 'post'" not in written(text).replace('"', "'")


@pytest.mark.parametrize(
    "text",
    [
        "class Old(db.Model):\n    __abstract__ = True\n\n\nclass Post(Old):\n    x = 1\n",
        f"class Key:\n{KEY}\n\n"
        f"class Old(db.Model):\n    __tablename__ = 'old'\n{KEY}\n\n"
        "class Post(Key, Old):\n    x = 1\n",
    ],
)
def test_a_model_with_a_table_of_its_own_gets_its_name(text: str) -> None:
    assert '__tablename__ = "post"' in written(text).replace("'", '"')


@pytest.mark.parametrize(
    "own", ["__abstract__ = True", "__table__ = made", "other = 1", "names[0] = 1"]
)
def test_a_name_stays_where_it_has_an_effect(own: str) -> None:
    text = f"class Post(db.Model):\n    __tablename__ = 'x'\n    {own}\n{KEY}"
    assert "    __tablename__ = 'x'\n" in written(text)


def test_a_name_in_a_class_of_its_parents_table_is_kept_where_there_is_an_own_table() -> None:
    text = (
        f"class Old(db.Model):\n    __tablename__ = 'old'\n{KEY}\n\nclass Post(Old):\n"
        "    __tablename__ = 'x'\n    __table__ = made\n\n\nclass Other(Old):\n"
        "    __tablename__ = 'y'\n    __abstract__ = True\n\n\nclass Gone(Old):\n"
        "    x, y = 1, 2\n    __tablename__ = 'z'\n"
    )
    after = written(text)
    assert "__tablename__ = 'x'" in after
    assert "__tablename__ = 'y'" in after
    assert "__tablename__ = 'z'" not in after


def test_a_name_stands_above_the_comment_of_the_first_column() -> None:
    check_converted(
        '''\
        import sqlalchemy as sa
        from app.extensions import db

        class OneTag(db.Model):
            """A tag."""

            # Who assigned it
            # is not known.
            id = sa.Column(sa.Integer, primary_key=True)
        ''',
        '''\
        import sqlalchemy as sa
        from app.db import Base

        class OneTag(Base):
            """A tag."""

            __tablename__ = "one_tag"
            # Who assigned it
            # is not known.
            id = sa.Column(sa.Integer, primary_key=True)
        ''',
    )


CHECKED = """\
from typing import TYPE_CHECKING

from app.extensions import db

Model = db.Model
if TYPE_CHECKING:
    from app.base import Typed

    Model = Typed


class Challenge(Model):
    id = db.Column(db.Integer, primary_key=True)

    @classmethod
    def find(cls, name):
        return cls.query.filter_by(id=name).first()
"""


def test_a_base_that_only_type_checkers_read_hides_no_model() -> None:
    outcome, files = converted(tree({"app/models.py": CHECKED}))
    assert '    __tablename__ = "challenge"\n' in files["app/models.py"]
    assert "Session.query(cls)" in files["app/models.py"]
    assert outcome.findings == []
