"""Recorded queries and signals: each case prints the same before and after the conversion."""

from .cases import OF_2, OF_3, USER, Printed


@OF_3
def test_queries_are_recorded_where_they_are_asked_to_be(printed: Printed) -> None:
    script = """
    from flask_sqlalchemy.record_queries import get_recorded_queries
    print(get_recorded_queries())
recording = create_app(SQLALCHEMY_RECORD_QUERIES=True)
with recording.app_context():
    db.create_all()
    before = len(get_recorded_queries())
    User.query.filter_by(name="x").all()
    query = get_recorded_queries()[before]
    print(query.statement[:6], list(query.parameters), query.duration >= 0, query.location)
"""
    assert printed(USER, script) == ["[]", "SELECT [('x',)] True <unknown>"]


@OF_3
def test_changes_are_told_before_and_after_a_commit(printed: Printed) -> None:
    script = """
    pass
from flask_sqlalchemy.track_modifications import before_models_committed, models_committed

tracking = create_app(SQLALCHEMY_TRACK_MODIFICATIONS=True)
heard = []
hear = lambda sender, changes: heard.append([(u.name, what) for u, what in changes])
models_committed.connect(hear)
before_models_committed.connect(hear)
with tracking.app_context():
    db.create_all()
    db.session.add(User(name="a"))
    db.session.commit()
    user = User.query.one()
    user.name = "b"
    db.session.commit()
    db.session.delete(user)
    db.session.rollback()
    db.session.commit()
print(heard)
"""
    assert printed(USER, script) == [
        "[[('a', 'insert')], [('a', 'insert')], [('b', 'update')], [('b', 'update')]]"
    ]


@OF_3
def test_changes_are_told_only_of_the_app_that_asks(printed: Printed) -> None:
    script = """
    pass
from flask_sqlalchemy.track_modifications import models_committed

heard = []
hear = lambda sender, changes: heard.append((sender is tracking, len(changes)))
models_committed.connect(hear)
tracking = create_app(SQLALCHEMY_TRACK_MODIFICATIONS=True)
also = create_app(SQLALCHEMY_TRACK_MODIFICATIONS=True)
for one in (app, tracking, also):
    with one.app_context():
        db.create_all()
        db.session.add_all([User(name="a"), User(name="b")])
        db.session.flush()
        db.session.commit()
        db.session.commit()
print(heard)
"""
    # Each is told of twice: as a new object, and by its key once it has one.
    assert len(printed(USER, script)) == 1


@OF_2
def test_with_2_queries_are_recorded_where_they_are_asked_to_be(printed: Printed) -> None:
    script = """
    from flask_sqlalchemy import get_debug_queries
    print(get_debug_queries())
print(get_debug_queries())
for settings in ({"TESTING": True}, {"SQLALCHEMY_RECORD_QUERIES": True}, {"DEBUG": True}):
    recording = create_app(**settings)
    with recording.app_context():
        db.create_all()
        known = len(get_debug_queries())
        User.query.filter_by(name="x").all()
        query = get_debug_queries()[known]
        print(query.statement[:6], query.parameters, query.duration >= 0, query.context)
        print(len(query), query.end_time >= query.start_time)
with create_app(TESTING=True, SQLALCHEMY_RECORD_QUERIES=False).app_context():
    db.create_all()
    print(get_debug_queries())
"""
    told = ["SELECT ('x',) True <unknown>", "5 True"]
    assert printed(USER, script) == ["[]", "[]", *told, *told, *told, "[]"]


@OF_2
def test_the_line_that_asks_is_recorded(printed: Printed) -> None:
    services = """\
    from app.models import User

    def everybody():
        return User.query.all()
    """
    script = """
    pass
from flask_sqlalchemy import get_debug_queries
from app.services import everybody
with create_app(TESTING=True).app_context():
    db.create_all()
    everybody()
    print(get_debug_queries()[-1].context.rpartition(" ")[2])
"""
    assert printed(USER, script, services=services) == ["(everybody)"]


@OF_2
def test_what_nothing_called_has_no_line(printed: Printed) -> None:
    script = """
    pass
from flask import Flask
from flask_sqlalchemy import get_debug_queries

def everybody():
    return User.query.all()

script = Flask("__main__")
script.config.update(TESTING=True, SQLALCHEMY_DATABASE_URI="sqlite://")
db.init_app(script)
with script.app_context():
    db.create_all()
    User.query.all()
    print(get_debug_queries()[-1].context)
    everybody()
    print(get_debug_queries()[-1].context.rpartition(" ")[2])
"""
    assert printed(USER, script) == ["<unknown>", "(everybody)"]


@OF_2
def test_changes_are_told_unless_it_is_turned_off(printed: Printed) -> None:
    script = """
    pass
from flask_sqlalchemy import before_models_committed, models_committed

heard = []
hear = lambda sender, changes: heard.append([(u.name, what) for u, what in changes])
models_committed.connect(hear)
before_models_committed.connect(hear)
for wanted in (None, True, "yes", False, ""):
    with create_app(SQLALCHEMY_TRACK_MODIFICATIONS=wanted).app_context():
        db.create_all()
        db.session.add(User(name="a"))
        db.session.commit()
        user = User.query.one()
        user.name = "b"
        db.session.commit()
        db.session.delete(user)
        db.session.rollback()
        db.session.commit()
    print(wanted, heard)
    heard.clear()
"""
    told = "[[('a', 'insert')], [('a', 'insert')], [('b', 'update')], [('b', 'update')]]"
    assert printed(USER, script) == [
        f"None {told}",
        f"True {told}",
        f"yes {told}",
        "False []",
        " []",
    ]
