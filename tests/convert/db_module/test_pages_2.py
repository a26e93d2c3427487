"""Flask-SQLAlchemy 2: what it did otherwise than 3, converted and run."""

from pathlib import Path

import pytest

from ..versions import TWO
from .test_pages import APP, START, USER, Printed


@pytest.fixture
def printed(tmp_path: Path) -> Printed:
    """Return what a script prints, with models and other modules of its project."""

    def run(models: str, script: str, **others: str) -> list[str]:
        files = {"app/__init__.py": APP, "app/models.py": models}
        files |= {f"app/{name}.py": text for name, text in others.items()}
        return TWO.printed(tmp_path, files, START + script)

    return run


def test_models_have_the_names_and_the_texts_that_they_had(printed: Printed) -> None:
    models = """\
    from app.extensions import db

    class HTTPLogEntry(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String(9), default="entry")
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "entry"}

    class Failure(HTTPLogEntry):
        __mapper_args__ = {"polymorphic_identity": "failure"}

    class Crash(HTTPLogEntry):
        id = db.Column(db.ForeignKey("http_log_entry.id"), primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "crash"}

    tags = db.Table("tags", db.Column("id", db.Integer, primary_key=True))
    """
    script = """
    print(sorted(db.metadata.tables), Failure.__table__.name)
    failure = Failure()
    db.session.add(failure)
    print(str(failure)[:20])
    db.session.add(Crash())
    db.session.commit()
    print(HTTPLogEntry.query.order_by(HTTPLogEntry.id).all())
"""
    assert printed(models, script) == [
        "['crash', 'http_log_entry', 'tags'] http_log_entry",
        "<Failure (transient ",
        "[<Failure 1>, <Crash 2>]",
    ]


def test_queries_answer_404_where_nothing_is_found(printed: Printed) -> None:
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


def test_pages_are_asked_for_by_position(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name=str(number)) for number in range(55)])
    db.session.commit()
    page = User.query.order_by(User.id).paginate(3, 10, False)
    print(page.total, page.pages, page.has_prev, page.has_next, page.prev_num, page.next_num)
    print(list(page.iter_pages()), list(page.iter_pages(1, 0, 1, 1)))
    print(list(User.query.paginate(9, 2).iter_pages(left_current=1, right_current=2)))
    print([user.id for user in page.next().items][:2], [user.id for user in page.prev().items][:2])
    print(page.query.count(), User.query.paginate(1, 0).pages, User.query.paginate(1, 0).items)
    print(User.query.paginate(-1, -1, False).per_page)
    print(User.query.paginate(per_page=50, max_per_page=7).per_page)
    for arguments in ((0, 10), (9, 10), (1, -1)):
        try:
            User.query.paginate(*arguments)
        except NotFound:
            print("404")
    with app.test_request_context("/?page=2&per_page=7"):
        print(len(User.query.paginate().items), User.query.paginate().page)
    with app.test_request_context("/?page=x"):
        print(User.query.paginate(error_out=False).page)
        try:
            User.query.paginate()
        except NotFound:
            print("404")
"""
    assert printed(USER, script) == [
        "55 6 True True 2 4",
        "[1, 2, 3, 4, 5, 6] [1, None, 3, None, 6]",
        "[1, 2, None, 8, 9, 10, None, 27, 28]",
        "[31, 32] [11, 12]",
        "55 0 []",
        "20",
        "7",
        "404",
        "404",
        "404",
        "7 2",
        "1",
        "404",
    ]


def test_a_page_made_by_hand_has_none_beside_it(printed: Printed) -> None:
    script = """
    from flask_sqlalchemy import Pagination
    page = Pagination(None, 2, 3, 10, ["a"])
    print(page.pages, page.has_next, list(page.iter_pages()), page.items)
    try:
        page.next()
    except AssertionError:
        print("no query")
"""
    assert printed(USER, script) == ["4 True [1, 2, 3, 4] ['a']", "no query"]


def test_each_bind_has_its_engine_and_its_tables(printed: Printed) -> None:
    models = """\
    from app.extensions import db

    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    class Event(db.Model):
        __bind_key__ = "log"
        id = db.Column(db.Integer, primary_key=True)

    class Click(Event):
        id = db.Column(db.ForeignKey("event.id"), primary_key=True)

    class Note(db.Model):
        __bind_key__ = "log"
        __table__ = db.Table("note", db.Column("id", db.Integer, primary_key=True))

    names = db.Table("names", db.Column("id", db.Integer), info={"bind_key": "log"})
    """
    script = """
    db.session.add_all([User(), Click()])
    db.session.commit()
    print(sorted(db.metadata.tables), User.__table__.info.get("bind_key"))
    print(Event.__table__.info["bind_key"], Note.__table__.info["bind_key"])
    for key in (None, "log"):
        print(sorted(db.inspect(db.get_engine(app, key)).get_table_names()))
        print(sorted(table.name for table in db.get_tables_for_bind(key)))
    print(sorted(table.name for table in db.get_binds()))
    print(db.session.execute(names.select()).fetchall(), db.session.query(Click).count())
    print(db.get_engine(bind="log") is db.get_engine(app, "log"), db.engine is db.get_engine())
    try:
        db.get_engine(bind="other")
    except AssertionError:
        print("no such bind")
    db.drop_all(bind="log")
    print(db.inspect(db.get_engine(bind="log")).get_table_names())
    db.create_all(bind=["log"], app=app)
    print(len(db.inspect(db.get_engine(bind="log")).get_table_names()))
    db.drop_all(bind=None)
    print(db.inspect(db.engine).get_table_names())
"""
    app = APP.replace(
        "app.config.update",
        'app.config["SQLALCHEMY_BINDS"] = {"log": "sqlite://"}\n    app.config.update',
    )
    assert printed(models, script, __init__=app) == [
        "['click', 'event', 'names', 'note', 'user'] None",
        "log log",
        "['user']",
        "['user']",
        "['click', 'event', 'names', 'note']",
        "['click', 'event', 'names', 'note']",
        "['click', 'event', 'names', 'note', 'user']",
        "[] 1",
        "True True",
        "no such bind",
        "[]",
        "4",
        "[]",
    ]


def test_a_model_goes_to_its_bind(printed: Printed) -> None:
    models = """\
    from app.extensions import db

    class User(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    class Event(db.Model):
        __bind_key__ = "log"
        id = db.Column(db.Integer, primary_key=True)
    """
    script = """
    pass
with create_app(SQLALCHEMY_BINDS={"log": "sqlite://"}).app_context():
    db.create_all()
    db.session.add_all([User(), Event()])
    db.session.commit()
    print(db.inspect(db.engine).get_table_names(), db.session.query(Event).count())
"""
    assert printed(models, script) == ["['user'] 1"]


def test_queries_are_recorded_where_they_are_asked_to_be(printed: Printed) -> None:
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
        print(len(query), str(query)[:24], query.end_time >= query.start_time)
with create_app(TESTING=True, SQLALCHEMY_RECORD_QUERIES=False).app_context():
    db.create_all()
    print(get_debug_queries())
"""
    told = ["SELECT ('x',) True <unknown>", '5 <query statement="SELECT True']
    assert printed(USER, script) == ["[]", "[]", *told, *told, *told, "[]"]


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
"""
    assert printed(models, script, extensions=extensions) == [
        "False 0",
        "1 1",
        "1",
        "[<Post 1>]",
    ]


def test_a_relative_path_of_sqlite_is_under_the_folder_of_the_app(printed: Printed) -> None:
    script = """
    import os
created = create_app(SQLALCHEMY_DATABASE_URI="sqlite:///site.db", SQLALCHEMY_ECHO=False)
with created.app_context():
    db.create_all()
    print(os.path.relpath(db.engine.url.database, created.root_path), type(db.engine.pool).__name__)
    print(os.path.exists(os.path.join(created.root_path, "site.db")))
"""
    assert printed(USER, script) == ["site.db NullPool", "True"]


def test_engines_have_the_options_that_they_had(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy(engine_options={"echo_pool": True, "logging_name": "mine"})
    """
    script = """
    from sqlalchemy import pool
    print(type(db.engine.pool).__name__, db.engine.logging_name)
settings = dict(
    SQLALCHEMY_DATABASE_URI="sqlite:///pooled.db",
    SQLALCHEMY_POOL_SIZE=3,
    SQLALCHEMY_POOL_RECYCLE=7,
    SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "logging_name": "theirs",
                               "poolclass": pool.QueuePool},
)
with create_app(**settings).app_context():
    pool = db.engine.pool
    print(pool.size(), pool._recycle, pool._pre_ping, pool.echo, db.engine.logging_name)
try:
    with create_app(SQLALCHEMY_POOL_SIZE=0).app_context():
        db.engine
except RuntimeError:
    print("no connection to keep it in")
"""
    assert printed(USER, script, extensions=extensions) == [
        "StaticPool mine",
        "3 7 True True mine",
        "no connection to keep it in",
    ]


def test_an_engine_is_made_anew_for_another_url(printed: Printed) -> None:
    script = """
    first = db.engine
    print(db.engine is first)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///other.db"
    print(db.engine is first)
"""
    assert printed(USER, script) == ["True", "False"]


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


def test_an_app_that_was_given_is_the_one_that_is_meant(tmp_path: Path) -> None:
    extensions = """\
    from flask import Flask
    from flask_sqlalchemy import SQLAlchemy

    app = Flask("app")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db = SQLAlchemy(app)
    """
    script = """\
from app.extensions import app, db
from app.models import User

db.create_all()
db.session.add(User(name="a"))
db.session.commit()
print(User.query.count(), db.get_app() is app, db.engine.url)
"""
    files = {"app/extensions.py": extensions, "app/models.py": USER}
    assert TWO.printed(tmp_path, files, script) == ["1 True sqlite://"]


def test_metadata_and_a_class_of_ones_own_are_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import Model, SQLAlchemy
    from sqlalchemy import MetaData


    class Named(Model):
        def name_of_class(self):
            return type(self).__name__


    db = SQLAlchemy(
        metadata=MetaData(naming_convention={"pk": "pk_%(table_name)s"}), model_class=Named
    )
    """
    script = """
    print(User.__table__.primary_key.name, User().name_of_class(), User.query.count())
"""
    assert printed(USER, script, extensions=extensions) == ["pk_user User 0"]


def test_mysql_has_the_options_that_it_had(printed: Printed) -> None:
    script = """
    pass
from types import SimpleNamespace
from sqlalchemy import pool
driver = SimpleNamespace(paramstyle="format", __version__="2.0")
for url, options in (
    ("mysql+pymysql://me@host/db", {}),
    ("mysql+pymysql://me@host/db?charset=latin1", {"pool_recycle": 9}),
    ("mysql+pymysql://me@host/db", {"poolclass": pool.NullPool}),
):
    try:
        made = create_app(
            SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"module": driver, **options}
        )
        with made.app_context():
            print(db.engine.url, type(db.engine.pool).__name__, db.engine.pool._recycle)
    except TypeError as error:
        print(str(error)[:20])
"""
    assert printed(USER, script)[0] == "mysql+pymysql://me@host/db?charset=utf8 QueuePool 7200"


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
