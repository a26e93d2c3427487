from ..tools import check_converted, check_noop


def test_a_table_gets_the_metadata_that_it_was_given_silently() -> None:
    check_converted(
        """\
        from app.extensions import db

        tags = db.Table(
            "tags",
            db.Column("id", db.Integer),
        )
        """,
        """\
        import sqlalchemy as sa

        from app.db import Base

        tags = sa.Table(
            "tags",
            Base.metadata,
            sa.Column("id", sa.Integer),
        )
        """,
    )


def test_a_table_of_a_bind_gets_the_metadata_of_the_bind() -> None:
    check_converted(
        """\
        from app.extensions import db

        tags = db.Table("tags", db.Column("id", db.Integer), bind_key="other")
        """,
        """\
        import sqlalchemy as sa

        from app.db import metadata_of

        tags = sa.Table("tags", metadata_of("other"), sa.Column("id", sa.Integer))
        """,
    )


def test_a_table_that_has_its_metadata_gets_no_second() -> None:
    check_converted(
        """\
        from app.extensions import db
        from app.names import metadata

        one = db.Table("one", db.metadata, db.Column("id", db.Integer))
        two = db.Table("two", metadata, db.Column("id", db.Integer))
        three = db.Table("three", db.ForeignKey(metadata.key))
        four = db.Table("four")
        """,
        """\
        import sqlalchemy as sa

        from app.db import Base
        from app.names import metadata

        one = sa.Table("one", Base.metadata, sa.Column("id", sa.Integer))
        two = sa.Table("two", metadata, sa.Column("id", sa.Integer))
        three = sa.Table("three", Base.metadata, sa.ForeignKey(metadata.key))
        four = sa.Table("four", Base.metadata)
        """,
    )


def test_a_table_whose_arguments_are_not_plain_is_listed() -> None:
    for arguments in ("*columns", ""):
        outcome = check_converted(
            f"from app.extensions import db\n\ntags = db.Table({arguments})\n",
            f"import sqlalchemy as sa\n\ntags = sa.Table({arguments})\n",
        )
        assert [(f.line, f.rule) for f in outcome.findings] == [(3, "table")]


def test_a_table_under_a_name_of_its_own_is_known() -> None:
    check_converted(
        """\
        from app.extensions import db

        Table = db.Table
        tags = Table("tags")
        """,
        """\
        import sqlalchemy as sa

        from app.db import Base

        Table = sa.Table
        tags = Table("tags", Base.metadata)
        """,
    )


def test_a_table_of_something_else_stays() -> None:
    check_noop(
        "from rich import box\nfrom app.extensions import db\nbox.Table('x', db.get_engine())\n"
    )


def test_a_metadata_is_known_by_what_it_is() -> None:
    outcome = check_converted(
        """\
        from sqlalchemy import MetaData
        from app.extensions import db

        mine = db.MetaData()
        other = MetaData(schema="other")
        meta = db.Column("meta", db.Integer)
        one = db.Table("one", db.MetaData(), autoload_with=None)
        two = db.Table("two", mine)
        three = db.Table("three", MetaData(), meta)
        four = db.Table("four", other, meta)
        five = db.Table("five", meta)
        six = db.Table("six", db.Model.metadata)
        """,
        """\
        from sqlalchemy import MetaData
        import sqlalchemy as sa
        from app.db import Base

        mine = sa.MetaData()
        other = MetaData(schema="other")
        meta = sa.Column("meta", sa.Integer)
        one = sa.Table("one", sa.MetaData(), autoload_with=None)
        two = sa.Table("two", mine)
        three = sa.Table("three", MetaData(), meta)
        four = sa.Table("four", other, meta)
        five = sa.Table("five", Base.metadata, meta)
        six = sa.Table("six", Base.metadata)
        """,
    )
    assert not outcome.findings


def test_an_argument_that_may_be_a_metadata_is_listed() -> None:
    outcome = check_converted(
        """\
        from app.extensions import db


        def make(metadata, column):
            db.Table("one", metadata)
            db.Table("two", column)
        """,
        """\
        import sqlalchemy as sa

        from app.db import Base


        def make(metadata, column):
            sa.Table("one", metadata)
            sa.Table("two", Base.metadata, column)
        """,
    )
    assert [(f.line, f.rule) for f in outcome.findings] == [(5, "table"), (6, "table")]
