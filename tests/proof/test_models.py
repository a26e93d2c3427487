"""What a conversion must not change of the models, and how a change is said."""

import sys
from pathlib import Path

import pytest

from hipflask.project import Change
from hipflask.proof import ModelComparison, ProjectCommandError, compare_models

BLOCKED = ("flask_sqlalchemy", "flask_migrate")

MODELS = """
import enum
import sqlalchemy as sa
from sqlalchemy import orm

class Base(orm.DeclarativeBase):
    metadata = sa.MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"})

class Colour(enum.Enum):
    RED = 1

def now():
    return 1

class User(Base):
    __tablename__ = "user"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(80), unique=True, nullable=False, info={"label": "Name"})
    colour = sa.Column(sa.Enum(Colour), default=Colour.RED)
    made = sa.Column(sa.Integer, default=now, server_default="0")
    kind = sa.Column(sa.String(10))
    posts = orm.relationship("Post", back_populates="user", cascade="all, delete-orphan")
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "user"}
    __table_args__ = (
        sa.CheckConstraint("made >= 0", name="made_later"),
        sa.Index("by_kind", "kind"),
    )

class Post(Base):
    __tablename__ = "post"
    id = sa.Column(sa.Integer, primary_key=True)
    user_id = sa.Column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    user = orm.relationship(User, back_populates="posts")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "models.py").write_text(MODELS)
    return root


def proven(project: Path, models: str, app: str | None = None) -> ModelComparison:
    change = Change("models.py", b"", models.encode())
    return compare_models(project, [change], ["models"], BLOCKED, sys.executable, app)


def test_models_in_a_folder_that_is_no_package_are_found(project: Path) -> None:
    (project / "web").mkdir()
    (project / "models.py").rename(project / "web" / "models.py")
    change = Change("web/models.py", b"", MODELS.encode())
    proved = compare_models(project, [change], ["models"], BLOCKED, sys.executable, folder="web")
    assert (proved.tables, proved.differences) == (2, [])


def test_models_that_are_the_same_are_proven_so(project: Path) -> None:
    proved = proven(project, MODELS + "# by the way\n")

    assert proved.ok
    assert [*proved.lines()] == [
        "2 tables and 2 mapped classes are unchanged, and the mappers configure with"
        " Flask-SQLAlchemy blocked from import.",
        "Alembic's autogenerate finds nothing to change in a database made before the conversion.",
        "1 of 1 modules with models can be imported without Flask.",
    ]


CHANGES = [
    ("String(80)", "String(81)", "name: type: sqlite was VARCHAR(80), is VARCHAR(81)"),
    ("nullable=False", "nullable=True", "table user: columns: name: nullable was false, is true"),
    ("Enum(Colour)", "Enum(Colour, name='c')", "colour: type: postgresql was colour, is c"),
    ("default=now", "default=max", "made: default was CallableColumnDefault now, is"),
    ('server_default="0"', 'server_default="1"', "server default was DefaultClause 0, is"),
    ('"uq_%', '"u_%', "CONSTRAINT u_user_name UNIQUE (name)"),
    ("made >= 0", "made > 0", "CHECK (made > 0)"),
    ('sa.Index("by_kind", "kind"),', "", "table user: indexes: by_kind is gone"),
    (', ondelete="CASCADE"', "", "ON DELETE CASCADE"),
    ('"label": "Name"', '"label": "Nom"', "columns: name: info: label was Name, is Nom"),
    ('"all, delete-orphan"', '"all"', "relationships: posts: cascade lost delete-orphan"),
    ("User, back", 'User, lazy="joined", back', "user: lazy was select, is joined"),
    ('identity": "user"', 'identity": "u"', "class models.User: polymorphic identity"),
    ("made = ", "text = sa.Column(sa.Text)\n    made = ", "table user: columns: text is new"),
]


def test_every_difference_is_named(project: Path) -> None:
    models = MODELS
    for old, new, _ in CHANGES:
        assert old in models
        models = models.replace(old, new)

    proved = proven(project, models)

    assert not proved.ok
    said = "\n".join(proved.differences)
    assert [part for _, _, part in CHANGES if part not in said] == []


def test_a_table_of_another_name_is_gone_and_new(project: Path) -> None:
    said = [*proven(project, MODELS.replace('"post"', '"posts"')).lines()]

    assert "table post is gone" in said
    assert "table posts is new" in said


def test_a_default_that_is_the_time_of_the_import_is_no_difference(project: Path) -> None:
    timed = MODELS.replace("default=now", "default=__import__('time').time_ns()")
    (project / "models.py").write_text(timed)

    assert proven(project, timed).ok


def test_a_bind_is_part_of_a_table(project: Path) -> None:
    two = MODELS.replace("sa.MetaData(", 'sa.MetaData(info={"bind_key": "other"}, ')

    assert "table post of the bind other is new" in "\n".join(proven(project, two).lines())


def test_a_table_in_a_schema_is_compared_too(project: Path) -> None:
    schema = MODELS.replace("sa.MetaData(", 'sa.MetaData(schema="shop", ').replace(
        '"user.id"', '"shop.user.id"'
    )
    (project / "models.py").write_text(schema)

    proved = proven(project, schema)

    assert proved.ok
    assert "Alembic's autogenerate finds nothing to change" in "\n".join(proved.lines())
    assert "table shop.user" in "\n".join(proven(project, MODELS).lines())


def test_mappers_that_do_not_configure_any_more_are_a_difference(project: Path) -> None:
    proved = proven(project, MODELS.replace('"Post", back', '"Pots", back'))

    assert not proved.ok
    assert "the mappers can no longer be configured" in "\n".join(proved.lines())


def test_a_module_that_cannot_be_imported_any_more_is_a_difference(project: Path) -> None:
    (project / "flask_sqlalchemy.py").write_text("")
    (project / "models.py").write_text("import flask_sqlalchemy\n" + MODELS)

    proved = proven(project, "import flask_sqlalchemy\n" + MODELS)

    assert not proved.ok
    said = "\n".join(proved.lines())
    assert "models can no longer be imported: ModuleNotFoundError" in said
    assert "models.py:1 does" in said


def test_models_that_need_an_app_get_one(project: Path) -> None:
    needs = "import flask\nflask.current_app.config\n" + MODELS
    (project / "models.py").write_text(needs)
    (project / "wsgi.py").write_text("import flask\napp = flask.Flask(__name__)\n")

    proved = proven(project, needs)

    assert proved.ok
    told = "0 of 1 modules with models can be imported without Flask; the others import it through models.py:1."
    assert told in [*proved.lines()]


def test_an_app_is_made_where_it_is_named(project: Path) -> None:
    (project / "factory.py").write_text(
        "import flask\ndef make(name):\n    import models\n    return flask.Flask(name)\n"
    )
    change = Change("models.py", b"", MODELS.encode())

    proved = compare_models(project, [change], [], BLOCKED, sys.executable, "factory:make('x')")

    assert proved.ok


def test_no_table_at_all_proves_nothing(project: Path) -> None:
    (project / "models.py").write_text("")

    proved = proven(project, "")

    assert not proved.ok
    assert "nothing was proved" in next(iter(proved.lines()))
    assert not any("autogenerate" in line for line in proved.lines())


def test_types_that_sqlite_does_not_have_are_compared_without_alembic(project: Path) -> None:
    arrays = MODELS.replace("sa.String(10)", "sa.ARRAY(sa.Integer)")
    (project / "models.py").write_text(arrays)

    proved = proven(project, arrays)

    assert proved.ok
    assert "autogenerate was skipped: SQLite cannot hold the tables" in "\n".join(proved.lines())


def test_what_autogenerate_sees_in_the_tables_as_they_were_is_no_difference(project: Path) -> None:
    # SQLite gives this type back under another name, before the conversion as well as after it.
    odd = MODELS.replace("sa.String(10)", "sa.Interval()").replace('"polymorphic_on": kind, ', "")
    (project / "models.py").write_text(odd)

    assert proven(project, odd).ok


def test_a_project_that_ends_the_process_is_said_in_words(project: Path) -> None:
    (project / "models.py").write_text("import os\nprint('Bye.', flush=True)\nos._exit(1)\n")

    with pytest.raises(ProjectCommandError, match=r"cannot be read before the conversion: Bye\."):
        proven(project, MODELS)


def test_the_databases_that_a_project_names_are_left_alone(project: Path) -> None:
    (project / "models.py").write_text(MODELS + "engine = sa.create_engine('sqlite:///mine.db')\n")

    assert proven(project, MODELS).ok

    assert [*project.glob("*.db")] == []


def test_a_construct_that_only_some_dialects_know_is_compared(project: Path) -> None:
    models = MODELS.replace(
        "class Colour",
        "from sqlalchemy.sql.expression import FunctionElement\n\n"
        "class utcnow(FunctionElement):\n    inherit_cache = True\n\nclass Colour",
    ).replace('default=now, server_default="0"', "default=utcnow(), server_default=utcnow()")
    (project / "models.py").write_text(models)
    assert proven(project, models).ok
    other = proven(project, models.replace("server_default=utcnow()", "server_default=None"))
    assert not other.ok
