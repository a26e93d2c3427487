from ..tools import check_converted, check_noop, converted, tree


def test_names_that_the_db_passed_on_come_from_sqlalchemy() -> None:
    check_converted(
        """\
        from app.extensions import db

        statement = db.select(db.func.count()).options(db.joinedload("*"))
        """,
        """\
        import sqlalchemy as sa
        from sqlalchemy import orm

        statement = sa.select(sa.func.count()).options(orm.joinedload("*"))
        """,
    )


def test_an_import_of_sqlalchemy_that_is_there_is_used() -> None:
    check_converted(
        """\
        import sqlalchemy

        from app.extensions import db

        sa = 1
        whole = db.Integer
        """,
        """\
        import sqlalchemy

        sa = 1
        whole = sqlalchemy.Integer
        """,
    )


def test_names_of_something_else_stay() -> None:
    check_noop(
        """\
        from app.extensions import db
        from flask_restx import fields

        print(fields.Integer, fields.joinedload)
        db.create_all()
        """
    )


def test_what_the_new_module_has_of_its_own_is_not_that_of_sqlalchemy() -> None:
    text = "from app.extensions import db\n\nprint(db.create_all)\n"
    _, files = converted(tree({"app/x.py": text}))
    assert files["app/x.py"] == text


def test_a_name_that_nobody_knows_stays() -> None:
    check_noop("from app.extensions import db\n\nprint(db.nonesuch)\n")
