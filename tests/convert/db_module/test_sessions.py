"""Sessions: each case prints the same before and after the conversion."""

from .cases import OF_2, OF_3, OF_BOTH, USER, Printed


@OF_3
def test_a_session_belongs_to_its_context_and_ends_with_it(printed: Printed) -> None:
    script = """
    user = User(name="kept")
    db.session.add(user)
    outer = db.session()
    with app.app_context():
        print(db.session() is outer)
    print(user in db.session, db.session() is outer)
try:
    db.session()
except RuntimeError as error:
    print(str(error).splitlines()[0])
"""
    assert printed(USER, script) == [
        "False",
        "True True",
        "Working outside of application context.",
    ]


@OF_BOTH
def test_a_session_has_the_options_that_it_had(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy(session_options={"expire_on_commit": False, "info": {"made": "here"}})
    """
    script = """
    first = db.session()
    print(first.info["made"], first.expire_on_commit, db.session.query(User).count())
"""
    assert printed(USER, script, extensions=extensions) == ["here False 0"]


@OF_3
def test_another_session_takes_the_place_of_the_session(printed: Printed) -> None:
    script = """\
    with app.app_context():
        before = db.session
        db.session = db._make_scoped_session(options={"autoflush": False})
        db.session.add(User(name="Ada"))
        print(names(), before is db.session)
        db.session.commit()
        print(names())
    with app.app_context():
        print(len(db.session.identity_map))
    """
    service = """\
    from app.extensions import db
    from app.models import User

    def names():
        return [user.name for user in db.session.query(User)]
    """
    script = "    from app.service import names\n" + script
    assert printed(USER, script, service=service) == ["[] False", "['Ada']", "0"]


@OF_2
def test_a_session_belongs_to_its_thread_and_ends_with_a_context(printed: Printed) -> None:
    script = """
    session = db.session()
    import threading
    others = []
    def work():
        with app.app_context():
            others.append(db.session() is session)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    print(others)
    with app.app_context():
        print(db.session() is session)
    print(db.session() is session)
committing = create_app(SQLALCHEMY_COMMIT_ON_TEARDOWN=True)
with committing.app_context():
    db.create_all()
    db.session.add(User(name="kept"))
with committing.app_context():
    print(User.query.count())
try:
    db.session()
except RuntimeError:
    print("no app")
"""
    assert printed(USER, script) == ["[False]", "True", "False", "1", "no app"]


@OF_2
def test_a_session_on_a_connection_of_its_own_takes_the_place_of_the_session(
    printed: Printed,
) -> None:
    script = """\
    connection = db.engine.connect()
    transaction = connection.begin()
    db.session = db.create_scoped_session(options=dict(bind=connection, binds={}))
    db.session.add(User(name="Ada"))
    db.session.commit()
    print(names(), User.query.count())
    db.session.remove()
    transaction.rollback()
    print(names(), User.query.count())
    """
    service = """\
    from app.extensions import db
    from app.models import User

    def names():
        return [user.name for user in db.session.query(User)]
    """
    script = "from app.service import names\n\nwith app.app_context():\n" + script
    assert printed(USER, script, service=service) == ["['Ada'] 1", "[] 0"]
