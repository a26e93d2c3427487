from ..tools import check_converted, check_noop


def test_a_model_is_on_the_declarative_base() -> None:
    check_converted(
        """\
        from app.extensions import db

        class Post(db.Model):
            __tablename__ = "post"
            id = db.Column(db.Integer, primary_key=True)
        """,
        """\
        import sqlalchemy as sa
        from app.db import Base

        class Post(Base):
            __tablename__ = "post"
            id = sa.Column(sa.Integer, primary_key=True)
        """,
    )


def test_an_alias_of_the_base_is_followed_to_the_models_of_another_module() -> None:
    check_converted(
        """\
        from app.base import Thing

        class Post(Thing):
            id = 1
        """,
        """\
        from app.base import Thing

        class Post(Thing):
            __tablename__ = "post"
            id = 1
        """,
        app__base="from app.extensions import db\nThing = db.Model\n",
    )


def test_a_model_of_something_else_stays() -> None:
    check_noop(
        """\
        from app.extensions import db
        from flask_restx import Api

        api = Api()
        user = api.Model("User", {})
        db.create_all()
        db.drop_all(tables=[])
        """
    )
