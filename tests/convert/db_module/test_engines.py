"""Engines and binds: each case prints the same before and after the conversion."""

from pathlib import Path

from ..versions import TWO
from .cases import APP, OF_2, OF_3, USER, Printed


@OF_3
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

    notes = db.Table("notes", db.Column("id", db.Integer), bind_key="log")
    """
    script = """
    db.session.add_all([User(), Click()])
    db.session.commit()
    print(sorted(db.metadata.tables), sorted(db.metadatas["log"].tables))
    for key in (None, "log"):
        print(sorted(db.inspect(db.engines[key]).get_table_names()))
    print(db.session.get_bind(Event) is db.engines["log"], db.session.query(Click).count())
    db.drop_all(bind_key="log")
    print(db.inspect(db.engine).get_table_names())
"""
    app = APP.replace(
        "app.config.update",
        'app.config["SQLALCHEMY_BINDS"] = {"log": "sqlite://"}\n    app.config.update',
    )
    assert printed(models, script, __init__=app) == [
        "['user'] ['click', 'event', 'notes']",
        "['user']",
        "['click', 'event', 'notes']",
        "True 1",
        "['user']",
    ]


@OF_3
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
    db.session.add_all([User(), Event()])
    db.session.commit()
    print(db.session.get_bind(Event) is db.engine, db.session.get_bind(User) is db.engine)
    print(db.inspect(db.engine).get_table_names(), db.session.query(Event).count())
    for statement in (db.select(Event), db.insert(Event), Event.__table__.select()):
        print(db.session.get_bind(clause=statement) is db.engine)
    print(db.session.scalar(db.select(db.func.count()).select_from(Event)))
with create_app(SQLALCHEMY_BINDS={"log": "sqlite://", "other": "sqlite://"}).app_context():
    db.create_all(bind_key=["log"])
    print(len(db.engines), db.inspect(db.engine).get_table_names())
    db.reflect("log")
    for wrong in ("none", [None, "none"]):
        try:
            db.create_all(wrong)
        except Exception as error:
            print(type(error).__name__)
"""
    app = APP.replace(
        "app.config.update",
        'app.config["SQLALCHEMY_BINDS"] = {"log": "sqlite://"}\n    app.config.update',
    )
    assert printed(models, script, __init__=app)[:2] == ["False True", "['user'] 1"]


@OF_3
def test_what_has_no_engine_says_so(printed: Printed) -> None:
    script = """
    pass
with create_app(
    SQLALCHEMY_DATABASE_URI=None, SQLALCHEMY_BINDS={"log": "sqlite://"}
).app_context():
    for ask in (
        db.create_all,
        lambda: db.session.scalar(db.select(User.id)),
        lambda: db.session.execute(db.text("SELECT 1")),
        lambda: db.engine,
    ):
        try:
            ask()
        except Exception as error:
            print(type(error).__name__)
from flask import Flask
with Flask("other").app_context():
    for ask in (db.create_all, lambda: db.session.scalar(db.select(User.id)), lambda: db.engine):
        try:
            ask()
        except (RuntimeError, KeyError):
            print("not set up")
for ask in (db.create_all, db.session, lambda: db.engine, lambda: db.paginate(db.select(User))):
    try:
        ask()
    except Exception as error:
        print(type(error).__name__)
"""
    assert printed(USER, script)[0] == "UnboundExecutionError"


@OF_3
def test_engines_have_the_options_that_they_had(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy

    db = SQLAlchemy(engine_options={"logging_name": "code", "pool_recycle": 5})
    """
    script = """
    pass
for settings in (
    dict(),
    dict(SQLALCHEMY_ECHO=False, SQLALCHEMY_ENGINE_OPTIONS={"logging_name": "setting"}),
    dict(SQLALCHEMY_BINDS={None: {"url": "sqlite:///no.db"}}),
    dict(SQLALCHEMY_DATABASE_URI="sqlite:///some.db"),
    dict(SQLALCHEMY_DATABASE_URI="sqlite:///file:some.db?uri=true"),
    dict(SQLALCHEMY_DATABASE_URI="sqlite:////tmp/some.db"),
    dict(SQLALCHEMY_DATABASE_URI=None, SQLALCHEMY_ENGINE_OPTIONS={"url": "sqlite://"}),
    dict(SQLALCHEMY_DATABASE_URI=None, SQLALCHEMY_BINDS={"log": "sqlite://"}),
    dict(SQLALCHEMY_DATABASE_URI=None),
):
    try:
        made = create_app(**settings)
    except RuntimeError:
        print("RuntimeError")
        continue
    with made.app_context():
        for key, engine in db.engines.items():
            path = (engine.url.database or "").replace(made.instance_path, "INSTANCE")
            print(key, engine.logging_name, type(engine.pool).__name__, engine.pool._recycle, path)
try:
    db.init_app(made)
    db.init_app(made)
except RuntimeError:
    print("twice")
"""
    assert printed(USER, script, extensions=extensions)[:3] == [
        "None code StaticPool 5 ",
        "None setting StaticPool 5 ",
        "None code StaticPool 5 ",
    ]


@OF_3
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
    assert printed(USER, script)[0] == "mysql+pymysql://me@host/db?charset=utf8mb4 QueuePool 7200"


@OF_2
def test_with_2_each_bind_has_its_engine_and_its_tables(printed: Printed) -> None:
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


@OF_2
def test_with_2_a_model_goes_to_its_bind(printed: Printed) -> None:
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


@OF_2
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


@OF_2
def test_with_2_engines_have_the_options_that_they_had(printed: Printed) -> None:
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
except (RuntimeError, TypeError):
    print("no connection to keep it in")
"""
    assert printed(USER, script, extensions=extensions) == [
        "StaticPool mine",
        "3 7 True True mine",
        "no connection to keep it in",
    ]


@OF_2
def test_an_engine_is_made_anew_for_another_url(printed: Printed) -> None:
    script = """
    first = db.engine
    print(db.engine is first)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///other.db"
    print(db.engine is first)
"""
    assert printed(USER, script) == ["True", "False"]


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


@OF_2
def test_with_2_mysql_has_the_options_that_it_had(printed: Printed) -> None:
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
