import pytest

from ..tools import MODELS, check_converted, check_noop, converted, tree


def test_schemas_of_models_are_taken_from_where_they_are_and_know_the_session() -> None:
    check_converted(
        """\
        from flask_marshmallow import Marshmallow

        ma = Marshmallow()


        class UserSchema(ma.SQLAlchemyAutoSchema):
            pass
        """,
        """\
        from flask_marshmallow import Marshmallow, sqla

        from app.db import Session

        ma = Marshmallow()
        sqla.SQLAlchemyAutoSchema.OPTIONS_CLASS.session = Session


        class UserSchema(sqla.SQLAlchemyAutoSchema):
            pass
        """,
    )


def test_a_marshmallow_without_schemas_of_models_stays() -> None:
    check_noop("from flask_marshmallow import Marshmallow\n\nma = Marshmallow()\nma.Schema()\n")


def test_a_schema_of_something_else_stays() -> None:
    check_noop(
        "from flask_marshmallow import Marshmallow\nimport marshmallow_sqlalchemy as other\n\n"
        "def make():\n    return Marshmallow()\n\n\nprint(other.SQLAlchemyAutoSchema)\n"
    )


def test_only_what_the_project_uses_is_told_the_session() -> None:
    text = "from flask_marshmallow import Marshmallow\n\nma = Marshmallow()\n"
    use = "from app.ma import ma\n\nprint(ma.SQLAlchemySchema, ma.auto_field(), ma.Schema)\n"
    _, files = converted(tree({"app/ma.py": text, "app/use.py": use}))
    assert "sqla.SQLAlchemySchema.OPTIONS_CLASS.session = Session\n" in files["app/ma.py"]
    assert "AutoSchema" not in files["app/ma.py"]
    assert "print(sqla.SQLAlchemySchema, sqla.auto_field(), ma.Schema)" in files["app/use.py"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("User, db, ma", "User"),
        ("db, User, ma", "User"),
        ("db, ma, User", "User"),
        ("(User, db, ma)", "(User)"),
        ("(\n    User,\n    db,\n    ma,\n)", "(\n    User,\n)"),
        ("(User,\n                        db,\n                        ma)", "(User)"),
    ],
)
def test_several_names_go_from_one_import(before: str, after: str) -> None:
    models = "from flask_marshmallow import Marshmallow\n\nma = Marshmallow()\n" + MODELS
    use = "import os\nfrom app.models import {}\nos.getcwd()\n{}"
    body = "print(User, {}.ModelSchema, {})\n"
    _, files = converted(
        tree(
            {
                "app/models.py": models,
                "app/use.py": use.format(before, body.format("ma", "db.session")),
            }
        )
    )
    assert f"from app.models import {after}\n" in files["app/use.py"]
    assert body.format("sqla", "Session") in files["app/use.py"]
