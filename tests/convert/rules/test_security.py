from ..tools import check_converted, check_noop, converted, tree


def test_the_datastore_gets_the_session() -> None:
    check_converted(
        """\
        from flask_security import Security, SQLAlchemyUserDatastore
        from app.extensions import db
        from app.models import User

        store: SQLAlchemyUserDatastore = SQLAlchemyUserDatastore(db, User, User)
        security = Security(datastore=store)
        """,
        """\
        from flask_security import Security, SQLAlchemySessionUserDatastore
        from app.db import Session
        from app.models import User

        store: SQLAlchemySessionUserDatastore = SQLAlchemySessionUserDatastore(
            Session, User, User
        )
        security = Security(datastore=store)
        """,
    )


def test_by_another_name_or_a_keyword_too() -> None:
    check_converted(
        """\
        import flask_security
        from flask_security.datastore import SQLAlchemyUserDatastore as Store
        from app.extensions import db

        one = Store(db=db, user_model=None, role_model=None)
        two = flask_security.SQLAlchemyUserDatastore(db, None, None)
        """,
        """\
        import flask_security
        from flask_security.datastore import SQLAlchemySessionUserDatastore as Store
        from app.db import Session

        one = Store(session=Session, user_model=None, role_model=None)
        two = flask_security.SQLAlchemySessionUserDatastore(Session, None, None)
        """,
    )


def test_a_datastore_of_the_projects_own_class_is_handed_the_new_module() -> None:
    outcome = check_converted(
        """\
        from flask_security import SQLAlchemyUserDatastore
        from app.extensions import db

        class Store(SQLAlchemyUserDatastore):
            pass

        store = Store(db, None, None)
        """,
        """\
        from flask_security import SQLAlchemyUserDatastore
        from app.extensions import db

        class Store(SQLAlchemyUserDatastore):
            pass

        store = Store(db, None, None)
        """,
    )
    assert [(finding.rule, finding.line) for finding in outcome.findings] == [("handed", 7)]


def test_a_datastore_that_is_a_base_as_well_is_handed_the_new_module() -> None:
    text = """\
    from flask_security import SQLAlchemyUserDatastore
    from app.extensions import db

    class Store(SQLAlchemyUserDatastore):
        pass

    plain = SQLAlchemyUserDatastore(db, None, None)
    """
    outcome = check_noop(text)
    assert [(finding.rule, finding.line) for finding in outcome.findings] == [("handed", 7)]


def test_a_session_that_a_test_replaces_is_asked_of_the_new_module() -> None:
    outcome = check_noop(
        "from flask_security import SQLAlchemyUserDatastore\nfrom app.extensions import db\n\n"
        "store = SQLAlchemyUserDatastore(db, None, None)\n",
        tests__test_it="from app.extensions import db\n\n\ndef test_it():\n    db.session = None\n",
    )
    assert [finding.rule for finding in outcome.findings] == ["handed"]


def test_a_datastore_of_another_session_stays() -> None:
    check_noop(
        "from flask_security import SQLAlchemyUserDatastore\nfrom elsewhere import db\n\n"
        "store = SQLAlchemyUserDatastore(db, None, None)\n"
    )


def test_models_have_a_query_where_flask_security_asks_for_it() -> None:
    text = "from flask_security import UserMixin\n"
    for pin, has in (("==5.4.3", True), (">=5.5", False), ("", True)):
        files = {"app/user.py": text, "requirements.txt": f"Flask-Security-Too{pin}\n"}
        _, texts = converted(tree(files))
        assert ("query = QueryProperty()" in texts["app/db.py"]) is has, pin
