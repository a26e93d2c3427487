"""Queries that answer 404, and query classes: each case prints the same before and after the conversion."""

import pytest

from ..versions import THREE
from .cases import OF_2, OF_3, USER, Printed


@OF_3
def test_queries_answer_404_where_nothing_is_found(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name="a"), User(name="b")])
    db.session.commit()
    print(db.get_or_404(User, 1).name, db.first_or_404(db.select(User)).name)
    print(db.one_or_404(db.select(User).filter_by(name="b")).id)
    for ask in (
        lambda: db.get_or_404(User, 9, description="No user 9."),
        lambda: db.first_or_404(db.select(User).filter_by(name="c")),
        lambda: db.one_or_404(db.select(User)),
    ):
        try:
            ask()
        except NotFound as error:
            print(error.description[:10])
"""
    assert printed(USER, script)[:3] == ["a a", "2", "No user 9."]


@pytest.mark.parametrize("versions", [THREE])
def test_a_base_and_a_query_class_of_ones_own_are_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.query import Query
    from sqlalchemy import MetaData
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

        def name_of_class(self):
            return type(self).__name__


    class Counted(Query):
        def how_many(self):
            return self.count()


    db = SQLAlchemy(model_class=Base, query_class=Counted, engine_options={"echo": False})
    """
    script = """
    print(User.__table__.primary_key.name, User().name_of_class(), User.query.how_many())
    print(db.session.query(User).how_many())
"""
    assert printed(USER, script, extensions=extensions) == ["pk_user User 0", "0"]


@OF_3
def test_the_queries_of_old_answer_404_too(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    for ask in (
        lambda: User.query.get_or_404(9, description="No."),
        lambda: User.query.first_or_404(),
        lambda: User.query.one_or_404(),
    ):
        try:
            ask()
        except NotFound:
            print("404")
"""
    assert printed(USER, script) == ["404", "404", "404"]


@OF_3
def test_what_is_not_found_is_answered_in_the_same_words(printed: Printed) -> None:
    script = """
    db.session.add_all([User(name="a"), User(name="a")])
    db.session.commit()
    nobody = db.select(User).filter_by(name="x")
    for ask in (
        lambda: db.get_or_404(User, 9),
        lambda: db.get_or_404(User, 9, description="No."),
        lambda: db.first_or_404(nobody),
        lambda: db.first_or_404(nobody, description="No."),
        lambda: db.one_or_404(nobody, description="None."),
        lambda: db.one_or_404(db.select(User), description="Two."),
        lambda: User.query.get_or_404(9),
        lambda: User.query.one_or_404("Two."),
        lambda: User.query.filter_by(name="x").first_or_404("No x."),
    ):
        try:
            ask()
        except Exception as error:
            print(type(error).__name__, error.code, error.description)
"""
    assert len(printed(USER, script)) == 9


@OF_3
@pytest.mark.parametrize("name", ["Query", "Counted"])
def test_a_query_class_may_be_called_like_that_of_the_extension(
    printed: Printed, name: str
) -> None:
    extensions = f"""\
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.query import Query as Plain


class {name}(Plain):
    def how_many(self):
        return self.count()


db = SQLAlchemy(query_class={name})
"""
    script = """
    print(User.query.how_many(), User.query.paginate().total)
"""
    assert printed(USER, script, extensions=extensions) == ["0 0"]


@OF_2
def test_with_2_queries_answer_404_where_nothing_is_found(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add(User(name="a"))
    db.session.commit()
    print(User.query.get_or_404(1).name, User.query.first_or_404().name)
    for ask in (
        lambda: User.query.get_or_404(9, "No user 9."),
        lambda: User.query.filter_by(name="b").first_or_404(description="No b."),
        lambda: db.session.query(User).get_or_404(9),
    ):
        try:
            ask()
        except NotFound as error:
            print(error.description[:10])
"""
    assert printed(USER, script)[:3] == ["a a", "No user 9.", "No b."]


@OF_2
def test_a_query_class_of_ones_own_is_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import BaseQuery, SQLAlchemy


    class Counted(BaseQuery):
        def how_many(self):
            return self.count()


    db = SQLAlchemy(query_class=Counted, session_options={"autoflush": False})
    """
    models = """\
    from app.extensions import db
    from flask_sqlalchemy import BaseQuery


    class Named(BaseQuery):
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
    print(db.session.autoflush, User.query.how_many())
    db.session.commit()
    print(User.query.how_many(), db.session.query(User).how_many())
    print(Post.query.named("p").paginate(1, 5).total)
    print(User.query.first().posts.paginate(1, 5).items)
    assert str(Post.query.first()) == "<Post 1>"
"""
    assert printed(models, script, extensions=extensions) == [
        "False 0",
        "1 1",
        "1",
        "[<Post 1>]",
    ]
