"""Models: each case prints the same before and after the conversion."""

import pytest

from ..versions import THREE
from .cases import NAMES, OF_2, OF_3, OF_BOTH, USER, Printed


@OF_BOTH
def test_models_have_the_names_and_the_texts_that_they_had(printed: Printed) -> None:
    models = """\
    from app.extensions import db

    class Timed:
        made = db.Column(db.Integer, default=3)

    class BlogPost(Timed, db.Model):
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String, default="post")
        author_id = db.Column(db.ForeignKey("author.id"))
        author = db.relationship("Author", backref=db.backref("posts", lazy="dynamic"))
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "post"}

    class Draft(BlogPost):
        __mapper_args__ = {"polymorphic_identity": "draft"}

    class Author(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    tags = db.Table("tags", db.Column("id", db.Integer, primary_key=True))
    """
    script = """
    print(sorted(db.metadata.tables), Draft.__table__.name)
    db.session.add(Draft(author=Author()))
    assert str(BlogPost()).startswith("<BlogPost (")
    print(str(BlogPost())[:21])
    db.session.commit()
    print(Draft.query.all(), Author.query.first().posts.count(), BlogPost.query.one().made)
"""
    assert printed(models, script) == [
        "['author', 'blog_post', 'tags'] blog_post",
        "<BlogPost (transient ",
        "[<Draft 1>] 1 3",
    ]


@OF_3
def test_the_shell_knows_the_models(printed: Printed) -> None:
    script = """
    print(sorted(app.make_shell_context()), app.make_shell_context()["User"] is User)
"""
    assert printed(USER, script) == ["['User', 'app', 'db', 'g'] True"]


@OF_3
def test_relationships_and_models_have_their_query_classes(printed: Printed) -> None:
    models = """\
    from app.extensions import db
    from flask_sqlalchemy.query import Query


    class Named(Query):
        def named(self, name):
            return self.filter_by(name=name)


    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String)
        posts = db.relationship("Post", lazy="dynamic", backref="user")


    class Post(db.Model):
        query_class = Named
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String)
        user_id = db.Column(db.ForeignKey("user.id"))
    """
    script = """
    db.session.add(User(name="a", posts=[Post(name="p")]))
    db.session.commit()
    user = User.query.first_or_404()
    print(user.posts.paginate(page=1, per_page=5).total, user.posts.first_or_404().name)
    print(Post.query.named("p").paginate(per_page=1).items, db.session.query(User).get_or_404(1))
    assert str(user) == "<User 1>"
"""
    assert printed(models, script) == ["1 p", "[<Post 1>] <User 1>"]


@OF_3
def test_a_text_tells_what_is_not_saved_yet(printed: Printed) -> None:
    script = """
    user = User(name="a")
    print(str(user).split()[1])
    db.session.add(user)
    print(str(user).split()[1])
    db.session.commit()
    print(user == "<User 1>", user)
"""
    assert printed(USER, script) == ["(transient", "(pending", "False <User 1>"]


@OF_BOTH
def test_a_plain_class_as_the_base_has_no_text_of_the_extension(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy


    class Named(object):
        def named(self):
            return type(self).__name__


    class Plain(Named):
        pass


    db = SQLAlchemy(model_class=Plain)
    """
    script = """
    print(User().named(), repr(User()).partition(" at ")[0], User.query.all())
"""
    assert printed(USER, script, extensions=extensions) == ["User <app.models.User object []"]


@OF_BOTH
def test_metadata_and_a_class_of_ones_own_are_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.model import Model
    from sqlalchemy import MetaData


    class Named(Model):
        def name_of_class(self):
            return type(self).__name__


    db = SQLAlchemy(
        metadata=MetaData(naming_convention={"pk": "pk_%(table_name)s"}), model_class=Named
    )
    """
    script = """
    print(User.__table__.primary_key.name, User().name_of_class(), User.query.count())
"""
    assert printed(USER, script, extensions=extensions) == ["pk_user User 0"]


@pytest.mark.parametrize("versions", [THREE], ids=NAMES.get)
def test_a_declarative_base_of_another_module_keeps_its_metadata(printed: Printed) -> None:
    base = """\
    from sqlalchemy import MetaData
    from sqlalchemy.orm import DeclarativeBase


    class Named(DeclarativeBase):
        metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

        def name_of_class(self):
            return type(self).__name__
    """
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy
    from .base import Named

    db = SQLAlchemy(model_class=Named)
    """
    script = """
    from app.base import Named
    print(User.__table__.primary_key.name, User.metadata is Named.metadata)
    print(User().name_of_class(), db.session.query(User).count())
"""
    assert printed(USER, script, extensions=extensions, base=base) == [
        "pk_user True",
        "User 0",
    ]


@OF_BOTH
@pytest.mark.parametrize(
    "head",
    [
        "class Model:",
        "from flask_sqlalchemy.model import Model as Plain\n\n\nclass Model(Plain):",
        "import flask_sqlalchemy.model as plain\n\n\nclass Model(plain.Model):",
    ],
)
def test_a_model_class_may_be_called_like_that_of_the_extension(
    printed: Printed, head: str
) -> None:
    extensions = f"""\
from flask_sqlalchemy import SQLAlchemy
{head}
    def shout(self):
        return type(self).__name__.upper()


db = SQLAlchemy(model_class=Model)
"""
    script = """
    print(User().shout(), User.query.first_or_404.__name__)
"""
    assert printed(USER, script, extensions=extensions) == ["USER first_or_404"]


@OF_BOTH
def test_what_is_handed_the_db_makes_models_of_its_own(printed: Printed) -> None:
    library = """\
    class Store:
        def __init__(self, db):
            class Entry(db.Model):
                __tablename__ = "entry"
                id = db.Column(db.Integer, primary_key=True)

            self.model = Entry
    """
    script = """
    from app.library import Store
    model = Store(db).model
    db.create_all()
    print(model.__table__.name, model.query.count())
"""
    assert printed(USER, script, library=library) == ["entry 0"]


@OF_2
def test_with_2_models_have_the_names_and_the_texts_that_they_had(printed: Printed) -> None:
    models = """\
    from app.extensions import db

    class HTTPLogEntry(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(9), default="entry")
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "entry"}

    class Failure(HTTPLogEntry):
        __mapper_args__ = {"polymorphic_identity": "failure"}

    class Crash(HTTPLogEntry):
        id = db.Column(db.ForeignKey("http_log_entry.id"), primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "crash"}

    tags = db.Table("tags", db.Column("id", db.Integer, primary_key=True))
    """
    script = """
    print(sorted(db.metadata.tables), Failure.__table__.name)
    failure = Failure()
    db.session.add(failure)
    assert str(failure).startswith("<Failure (")
    print(str(failure)[:20])
    db.session.add(Crash())
    db.session.commit()
    print(HTTPLogEntry.query.order_by(HTTPLogEntry.id).all())
"""
    assert printed(models, script) == [
        "['crash', 'http_log_entry', 'tags'] http_log_entry",
        "<Failure (transient ",
        "[<Failure 1>, <Crash 2>]",
    ]


@OF_2
def test_with_2_metadata_and_a_class_of_ones_own_are_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import Model, SQLAlchemy
    from sqlalchemy import MetaData


    class Named(Model):
        def name_of_class(self):
            return type(self).__name__


    db = SQLAlchemy(
        metadata=MetaData(naming_convention={"pk": "pk_%(table_name)s"}), model_class=Named
    )
    """
    script = """
    print(User.__table__.primary_key.name, User().name_of_class(), User.query.count())
"""
    assert printed(USER, script, extensions=extensions) == ["pk_user User 0"]
