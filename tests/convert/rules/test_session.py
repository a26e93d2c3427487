from ..tools import check_converted, check_noop, converted, tree


def test_the_session_of_the_db_becomes_the_session_of_the_new_module() -> None:
    check_converted(
        """\
        from app.extensions import db


        def commit():
            db.session.commit()  # now
        """,
        """\
        from app.db import Session


        def commit():
            Session.commit()  # now
        """,
    )


def test_an_import_in_a_function_stays_in_the_function() -> None:
    check_converted(
        """\
        def commit():
            from app.extensions import db

            db.session.commit()
        """,
        """\
        def commit():
            from app.db import Session

            Session.commit()
        """,
    )


def test_a_name_that_the_file_uses_is_not_shadowed() -> None:
    check_converted(
        """\
        from requests import Session

        from app.extensions import db

        db.session.add(Session())
        """,
        """\
        from requests import Session

        from app.db import Session as DbSession

        DbSession.add(Session())
        """,
    )


def test_a_session_that_a_test_replaces_is_asked_of_the_module_each_time() -> None:
    check_converted(
        """\
        from app.extensions import db


        def test_it(other):
            db.session = other
            db.session.commit()
        """,
        """\
        from app.extensions import db


        def test_it(other):
            db.Session = other
            db.Session.commit()
        """,
        path="tests/test_it.py",
    )


def test_a_session_of_something_else_stays() -> None:
    check_noop(
        """\
        from app.extensions import db

        def test(client):
            client.session.add(1)
            db.create_all()
            db.init_app(None)
        """
    )


def test_the_new_module_has_the_session_that_a_test_replaces() -> None:
    text = "from app.extensions import db\n\ndb.session = None\n"
    _, files = converted(tree({"tests/test_it.py": text}))
    assert files["tests/test_it.py"].endswith("db.Session = None\n")
    assert "\nSession = " in files["app/db.py"]
