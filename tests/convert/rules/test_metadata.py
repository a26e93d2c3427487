from ..tools import check_converted, check_noop, converted, tree


def test_the_metadata_is_that_of_the_base() -> None:
    check_converted(
        """\
        from app.extensions import db

        tables = db.metadata.tables
        """,
        """\
        from app.db import Base

        tables = Base.metadata.tables
        """,
    )


def test_metadata_of_something_else_stays() -> None:
    check_noop(
        """\
        from app.extensions import db

        def tables(table):
            db.create_all()
            return table.metadata.tables, table.metadatas
        """
    )


def test_the_metadata_of_each_bind_is_in_the_new_module() -> None:
    text = "from app.extensions import db\n\nprint(db.metadatas['other'])\n"
    _, files = converted(tree({"app/x.py": text}))
    assert files["app/x.py"] == text
    assert "\nmetadatas" in files["app/db.py"]


def test_the_new_module_has_one_metadata_where_no_bind_is_used() -> None:
    text = (
        "from app.extensions import db\n\ndef x(thing):\n    db.create_all()\n    thing.metadatas\n"
    )
    _, files = converted(tree({"app/x.py": text}))
    assert "metadatas" not in files["app/db.py"]
