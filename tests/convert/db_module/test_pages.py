"""Each page of Flask-SQLAlchemy's documentation, converted and run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ..versions import THREE, THREE_ON_14, Versions

APP = """\
from flask import Flask

from app.extensions import db


def create_app(**settings):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config.update(settings)
    db.init_app(app)
    return app
"""
START = """\
from app import create_app
from app.extensions import db
from app.models import *

app = create_app()
with app.app_context():
    db.create_all()
"""


Printed = Callable[..., list[str]]


@pytest.fixture(params=[THREE, THREE_ON_14], ids=["SQLAlchemy 2", "SQLAlchemy 1.4"])
def versions(request: pytest.FixtureRequest) -> Versions:
    chosen: Versions = request.param
    return chosen


@pytest.fixture
def printed(versions: Versions, tmp_path: Path) -> Printed:
    """Return what a script prints, with models and other modules of its project."""

    def run(models: str, script: str, **others: str) -> list[str]:
        files = {"app/__init__.py": APP, "app/models.py": models}
        files |= {f"app/{name}.py": text for name, text in others.items()}
        return versions.printed(tmp_path, files, START + script)

    return run


def test_models_have_the_names_and_the_texts_that_they_had(printed: Printed) -> None:
    models = """\
    from app.extensions import db

    class Timed:
        made = db.Column(db.Integer, default=3)

    class BlogPost(Timed, db.Model):
        id = db.Column(db.Integer, primary_key=True)
        kind = db.Column(db.String, default="post")
        author_id = db.Column(db.ForeignKey("author.id"))
        author = db.relationship("Author", backref=db.backref("posts", lazy="dynamic"))
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "post"}

    class Draft(BlogPost):
        __mapper_args__ = {"polymorphic_identity": "draft"}

    class Author(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    tags = db.Table("tags", db.Column("id", db.Integer, primary_key=True))
    """
    script = """
    print(sorted(db.metadata.tables), Draft.__table__.name)
    db.session.add(Draft(author=Author()))
    print(str(BlogPost())[:21])
    db.session.commit()
    print(Draft.query.all(), Author.query.first().posts.count(), BlogPost.query.one().made)
"""
    assert printed(models, script) == [
        "['author', 'blog_post', 'tags'] blog_post",
        "<BlogPost (transient ",
        "[<Draft 1>] 1 3",
    ]


USER = """\
from app.extensions import db


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
"""


def test_queries_answer_404_where_nothing_is_found(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name="a"), User(name="b")])
    db.session.commit()
    print(db.get_or_404(User, 1).name, db.first_or_404(db.select(User)).name)
    print(db.one_or_404(db.select(User).filter_by(name="b")).id)
    for ask in (
        lambda: db.get_or_404(User, 9, description="No user 9."),
        lambda: db.first_or_404(db.select(User).filter_by(name="c")),
        lambda: db.one_or_404(db.select(User)),
    ):
        try:
            ask()
        except NotFound as error:
            print(error.description[:10])
"""
    assert printed(USER, script)[:3] == ["a a", "2", "No user 9."]


def test_pages_are_what_they_were(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    db.session.add_all([User(name=str(number)) for number in range(55)])
    db.session.commit()
    page = db.paginate(db.select(User).order_by(User.id), page=3, per_page=10)
    print(page.total, page.pages, page.first, page.last, page.prev_num, page.next_num)
    print(list(page.iter_pages(left_edge=1, right_edge=1, left_current=0, right_current=1)))
    print([user.id for user in page.next()][:2], [user.id for user in page.prev()][:2])
    with app.test_request_context("/?page=2&per_page=7"):
        print(len(db.paginate(db.select(User)).items))
    with app.test_request_context("/?page=99"):
        try:
            db.paginate(db.select(User))
        except NotFound:
            print("404")
    print(db.paginate(db.select(User), per_page=500, max_per_page=20, count=False).total)
    print(db.paginate(db.select(User), page=-1, error_out=False).page)
    print(User.query.paginate(page=2, per_page=50).items)
"""
    assert printed(USER, script) == [
        "55 6 21 30 2 4",
        "[1, None, 3, 4, None, 6]",
        "[31, 32] [11, 12]",
        "7",
        "404",
        "None",
        "1",
        "[<User 51>, <User 52>, <User 53>, <User 54>, <User 55>]",
    ]


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
        except Exception as error:
            print(type(error).__name__)
for ask in (db.create_all, db.session, lambda: db.engine, lambda: db.paginate(db.select(User))):
    try:
        ask()
    except Exception as error:
        print(type(error).__name__)
"""
    assert printed(USER, script)[0] == "UnboundExecutionError"


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


@pytest.mark.parametrize("versions", [THREE])
def test_a_base_and_a_query_class_of_ones_own_are_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.query import Query
    from sqlalchemy import MetaData
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

        def name_of_class(self):
            return type(self).__name__


    class Counted(Query):
        def how_many(self):
            return self.count()


    db = SQLAlchemy(model_class=Base, query_class=Counted, engine_options={"echo": False})
    """
    script = """
    print(User.__table__.primary_key.name, User().name_of_class(), User.query.how_many())
    print(db.session.query(User).how_many())
"""
    assert printed(USER, script, extensions=extensions) == ["pk_user User 0", "0"]


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


def test_the_queries_of_old_answer_404_too(printed: Printed) -> None:
    script = """
    from werkzeug.exceptions import NotFound
    for ask in (
        lambda: User.query.get_or_404(9, description="No."),
        lambda: User.query.first_or_404(),
        lambda: User.query.one_or_404(),
    ):
        try:
            ask()
        except NotFound:
            print("404")
"""
    assert printed(USER, script) == ["404", "404", "404"]


def test_pages_have_their_edges(printed: Printed) -> None:
    script = """
    db.session.add_all([User(name=str(number)) for number in range(300)])
    db.session.commit()
    everybody = db.select(User).order_by(User.id)
    page = db.paginate(everybody, page=2, per_page=120, max_per_page=120)
    print(page.per_page, len(page.next().items), len(page.prev().items), page.prev().max_per_page)
    print(page.has_next, page.has_prev, page.prev().has_prev, page.prev().prev_num)
    unknown = db.paginate(everybody, page=2, per_page=10, count=False)
    print(unknown.total, unknown.pages, unknown.has_next, unknown.next_num)
    print(unknown.first, unknown.last, list(unknown.iter_pages()))
    for page in (1, 7, 15, 30, 99):
        page = User.query.paginate(page=page, per_page=10, error_out=False)
        print(page.first, page.last, list(page.iter_pages()))
        print(list(page.iter_pages(right_edge=0)), list(page.iter_pages(left_edge=0)))
        print(list(page.iter_pages(left_edge=9, left_current=0, right_current=0, right_edge=9)))
    nobody = User.query.filter_by(name="x").paginate()
    print(nobody.first, nobody.last, nobody.pages, list(nobody.iter_pages()), list(nobody))
    for query in ("page=0", "per_page=0", "page=x", "per_page=x", "page=2&per_page=290"):
        with app.test_request_context("/?" + query):
            page = db.paginate(everybody, error_out=False, max_per_page=150)
            print(page.page, page.per_page, len(page.items))
            try:
                print(len(User.query.paginate().items))
            except Exception as error:
                print(type(error).__name__)
"""
    assert printed(USER, script)[:4] == [
        "120 60 100 100",
        "True True False None",
        "None 0 False None",
        "11 20 []",
    ]


def test_what_is_not_found_is_answered_in_the_same_words(printed: Printed) -> None:
    script = """
    db.session.add_all([User(name="a"), User(name="a")])
    db.session.commit()
    nobody = db.select(User).filter_by(name="x")
    for ask in (
        lambda: db.get_or_404(User, 9),
        lambda: db.get_or_404(User, 9, description="No."),
        lambda: db.first_or_404(nobody),
        lambda: db.first_or_404(nobody, description="No."),
        lambda: db.one_or_404(nobody, description="None."),
        lambda: db.one_or_404(db.select(User), description="Two."),
        lambda: User.query.get_or_404(9),
        lambda: User.query.one_or_404("Two."),
        lambda: User.query.filter_by(name="x").first_or_404("No x."),
    ):
        try:
            ask()
        except Exception as error:
            print(type(error).__name__, error.code, error.description)
"""
    assert len(printed(USER, script)) == 9


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
    dict(SQLALCHEMY_BINDS={None: {"logging_name": "bind", "url": "sqlite:///no.db"}}),
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


def test_the_shell_knows_the_models(printed: Printed) -> None:
    script = """
    print(sorted(app.make_shell_context()), app.make_shell_context()["User"] is User)
"""
    assert printed(USER, script) == ["['User', 'app', 'db', 'g'] True"]


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


def test_relationships_and_models_have_their_query_classes(printed: Printed) -> None:
    models = """\
    from app.extensions import db
    from flask_sqlalchemy.query import Query


    class Named(Query):
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
    db.session.commit()
    user = User.query.first_or_404()
    print(user.posts.paginate(page=1, per_page=5).total, user.posts.first_or_404().name)
    print(Post.query.named("p").paginate(per_page=1).items, db.session.query(User).get_or_404(1))
"""
    assert printed(models, script) == ["1 p", "[<Post 1>] <User 1>"]


def test_a_page_of_ones_own_is_kept(printed: Printed) -> None:
    services = """\
    from flask_sqlalchemy.pagination import Pagination
    from flask_sqlalchemy.record_queries import get_recorded_queries

    from app.models import User


    class Numbers(Pagination):
        def _query_items(self):
            numbers = self._query_args["numbers"]
            return numbers[self._query_offset:self._query_offset + self.per_page]

        def _query_count(self):
            return len(self._query_args["numbers"])


    def asked():
        User.query.all()
        return get_recorded_queries()[-1].location.rpartition(" ")[2]
    """
    script = """
    from app.services import Numbers, asked
    page = Numbers(page=2, per_page=3, numbers=list(range(8)))
    print(list(page), page.total, list(page.next()), list(page.prev()), page.max_per_page)
with create_app(SQLALCHEMY_RECORD_QUERIES=True).app_context():
    db.create_all()
    print(asked())
"""
    assert printed(USER, script, services=services) == [
        "[3, 4, 5] 8 [6, 7] [0, 1, 2] 100",
        "(asked)",
    ]


def test_a_text_tells_what_is_not_saved_yet(printed: Printed) -> None:
    script = """
    user = User(name="a")
    print(str(user).split()[1])
    db.session.add(user)
    print(str(user).split()[1])
    db.session.commit()
    print(user)
"""
    assert printed(USER, script) == ["(transient", "(pending", "<User 1>"]


def test_a_plain_class_as_the_base_has_no_text_of_the_extension(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy


    class Named(object):
        def named(self):
            return type(self).__name__


    class Plain(Named):
        pass


    db = SQLAlchemy(model_class=Plain)
    """
    script = """
    print(User().named(), repr(User()).partition(" at ")[0], User.query.all())
"""
    assert printed(USER, script, extensions=extensions) == ["User <app.models.User object []"]


def test_metadata_and_a_class_of_ones_own_are_kept(printed: Printed) -> None:
    extensions = """\
    from flask_sqlalchemy import SQLAlchemy
    from flask_sqlalchemy.model import Model
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
    assert printed(USER, script)[0] == "mysql+pymysql://me@host/db?charset=utf8mb4 QueuePool 7200"


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


@pytest.mark.parametrize(
    "head",
    [
        "class Model:",
        "from flask_sqlalchemy.model import Model as Plain\n\n\nclass Model(Plain):",
        "import flask_sqlalchemy.model as plain\n\n\nclass Model(plain.Model):",
    ],
)
def test_a_model_class_may_be_called_like_that_of_the_extension(
    printed: Printed, head: str
) -> None:
    extensions = f"""\
from flask_sqlalchemy import SQLAlchemy
{head}
    def shout(self):
        return type(self).__name__.upper()


db = SQLAlchemy(model_class=Model)
"""
    script = """
    print(User().shout(), User.query.first_or_404.__name__)
"""
    assert printed(USER, script, extensions=extensions) == ["USER first_or_404"]


@pytest.mark.parametrize("name", ["Query", "Counted"])
def test_a_query_class_may_be_called_like_that_of_the_extension(
    printed: Printed, name: str
) -> None:
    extensions = f"""\
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.query import Query as Plain


class {name}(Plain):
    def how_many(self):
        return self.count()


db = SQLAlchemy(query_class={name})
"""
    script = """
    print(User.query.how_many(), User.query.paginate().total)
"""
    assert printed(USER, script, extensions=extensions) == ["0 0"]


def test_what_is_handed_the_db_makes_models_of_its_own(printed: Printed) -> None:
    library = """\
    class Store:
        def __init__(self, db):
            class Entry(db.Model):
                __tablename__ = "entry"
                id = db.Column(db.Integer, primary_key=True)

            self.model = Entry
    """
    script = """
    from app.library import Store
    model = Store(db).model
    db.create_all()
    print(model.__table__.name, model.query.count())
"""
    assert printed(USER, script, library=library) == ["entry 0"]
